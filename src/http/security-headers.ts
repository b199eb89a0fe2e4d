/** The headers that every answer has. */

/**
 * @param frameAncestors the sources of CSP's `frame-ancestors`; what older browsers have for it can only say
 *   `'none'` and `'self'`
 * @param connectSources where a page may connect to besides its own host
 */
export function securityHeaders(
  frameAncestors: string,
  connectSources: readonly string[] = [],
): Readonly<Record<string, string>> {
  const frameOptions = new Map([
    ["'none'", 'DENY'],
    ["'self'", 'SAMEORIGIN'],
  ]).get(frameAncestors);
  return {
    'content-security-policy': contentSecurityPolicy(frameAncestors, connectSources),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'permissions-policy':
      'camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()',
    'cross-origin-opener-policy': 'same-origin',
    ...(frameOptions && { 'x-frame-options': frameOptions }),
  };
}

/** CSP level 3. `'self'` in `connect-src` covers WebSockets to the same host and port (section 6.7.2.8). */
function contentSecurityPolicy(frameAncestors: string, connectSources: readonly string[]): string {
  return [
    "default-src 'self'",
    ...(connectSources.length > 0 ? [`connect-src 'self' ${connectSources.join(' ')}`] : []),
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors}`,
  ].join('; ');
}
