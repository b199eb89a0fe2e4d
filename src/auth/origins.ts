/** From which web pages browsers may come (RFC 6454). */
import { AppError } from '../lib/errors.ts';

export interface OriginPolicy {
  /**
   * Lets a request pass that has these headers. One without `Origin` comes from no web page, and passes.
   * @throws AppError `origin_not_allowed`
   */
  check(origin: string | undefined, host: string | undefined): void;
}

/**
 * Pages may come from the host and port that they ask, and from the origins on the list.
 *
 * @param options.allowedOrigins as `normalizeOrigin` writes them
 */
export function createOriginPolicy(options: { allowedOrigins: readonly string[] }): OriginPolicy {
  const allowed = new Set(options.allowedOrigins);
  return {
    check(origin, host) {
      if (origin === undefined) return;
      // A page from a file calls itself `null` in requests, and `file://` in the handshakes of WebSockets.
      const normal = origin === 'null' ? FILES : normalizeOrigin(origin);
      if (!normal || !(isSameHost(normal, host) || allowed.has(normal)))
        throw new AppError('origin_not_allowed');
    },
  };
}

/** The origin of pages from files, as those of an Electron app without a scheme of its own. */
const FILES = 'file://';

/**
 * An origin in its one spelling (`https://example.com`, `http://[::1]:8080`); undefined for what is none. The pages of
 * an app come from a scheme of its own (`app://softphone`), or from `file://`.
 */
export function normalizeOrigin(text: string): string | undefined {
  if (text.toLowerCase() === FILES || isAppOrigin(text)) return text.toLowerCase();
  // No path, query or user: URL would drop them in silence.
  if (!/^https?:\/\/[^/?#@\\\s]+$/i.test(text)) return undefined;
  return URL.parse(text)?.origin;
}

/** A scheme of an app's own, and none that a URL has for something else. */
function isAppOrigin(text: string): boolean {
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]*):\/\/[a-z0-9][a-z0-9.-]*(?::\d{1,5})?$/i.exec(text) ?? [];
  return scheme !== '' && !/^(https?|wss?|ftp|file|data|blob|about|javascript)$/i.test(scheme);
}

/**
 * Whether the `Host` header names the origin's host and port. A port that it does not name is the default of the
 * origin's scheme, as a proxy may have spoken TLS in our place.
 */
function isSameHost(origin: string, host = ''): boolean {
  const scheme = origin.slice(0, origin.indexOf('://'));
  if (scheme !== 'http' && scheme !== 'https') return false;
  return normalizeOrigin(`${scheme}://${host}`) === origin;
}
