/** Where a request carries its token. */
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../lib/errors.ts';

/** What of a request the door looks at; Node's `IncomingMessage` is one. */
export interface TokenRequest {
  /** The request's target: a path with its query. */
  url?: string | undefined;
  headers: IncomingHttpHeaders;
}

/**
 * The token of a request, unchecked: from `?token=`, else from `Authorization: Bearer`, else from a WebSocket
 * subprotocol `bearer.<token>`. An empty one is none.
 * @throws AppError `token_missing`
 */
export function readToken({ url = '', headers }: TokenRequest): string {
  const token = fromQuery(url) || fromAuthorization(headers.authorization) || fromProtocols(headers);
  if (!token) throw new AppError('token_missing');
  return token;
}

/** Read without `new URL`, which throws on targets that anybody may send. */
function fromQuery(url: string): string | null {
  const start = url.indexOf('?');
  return start < 0 ? null : new URLSearchParams(url.slice(start + 1)).get('token');
}

/** RFC 6750 section 2.1; the scheme's case does not matter (RFC 9110 section 11.1). */
function fromAuthorization(authorization = ''): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}

/** Browsers cannot set headers on a WebSocket, but may name subprotocols. */
function fromProtocols(headers: IncomingHttpHeaders): string | undefined {
  const names = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return names.find((name) => name.startsWith('bearer.'))?.slice('bearer.'.length);
}
