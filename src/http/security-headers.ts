/** The headers that every answer has. */

export interface PageSources {
  /** The sources of CSP's `frame-ancestors`; what older browsers have for it can only say `'none'` and `'self'`. */
  frameAncestors: string;
  /** Where a page may connect to besides its own host. */
  connect?: readonly string[];
  /** The scripts that stand in the page itself, as CSP's hashes. */
  scripts?: readonly string[];
}

export function securityHeaders(sources: PageSources): Readonly<Record<string, string>> {
  const { frameAncestors } = sources;
  const frameOptions = new Map([
    ["'none'", 'DENY'],
    ["'self'", 'SAMEORIGIN'],
  ]).get(frameAncestors);
  return {
    'content-security-policy': contentSecurityPolicy(sources),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'permissions-policy':
      'camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()',
    'cross-origin-opener-policy': 'same-origin',
    ...(frameOptions && { 'x-frame-options': frameOptions }),
  };
}

/** CSP level 3. `'self'` in `connect-src` covers WebSockets to the same host and port (section 6.7.2.8). */
function contentSecurityPolicy({ frameAncestors, connect = [], scripts = [] }: PageSources): string {
  return [
    "default-src 'self'",
    ...(connect.length > 0 ? [`connect-src 'self' ${connect.join(' ')}`] : []),
    ...(scripts.length > 0 ? [`script-src 'self' ${scripts.join(' ')}`] : []),
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors}`,
  ].join('; ');
}
