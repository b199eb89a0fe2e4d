import { isErrorCode, RoomError } from './errors.ts';

const TIMEOUT_MS = 5000;

/**
 * Why a WebSocket was refused: browsers cannot see the status of a failed upgrade, so that the server is asked again
 * over HTTP. `unreachable` when it does not answer, or answers that nothing is wrong.
 */
export async function askWhyRefused(validateUrl: string, token: string): Promise<RoomError> {
  try {
    const response = await fetch(withOwnOrigin(validateUrl), {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return new RoomError('unreachable', 'the server accepts the token but no WebSocket');
    const { code, message } = errorIn(await response.json());
    if (isErrorCode(code)) return new RoomError(code, typeof message === 'string' ? message : undefined);
    return new RoomError('unreachable', `the server answers with status ${response.status}`);
  } catch (error) {
    return new RoomError('unreachable', undefined, { cause: error });
  }
}

/** Browsers send no `Origin` to the page's own server, which may refuse that origin where a proxy changes its host. */
function withOwnOrigin(validateUrl: string): URL {
  const url = new URL(validateUrl);
  if (typeof location !== 'undefined') url.searchParams.set('origin', location.origin);
  return url;
}

function errorIn(body: unknown): { code?: unknown; message?: unknown } {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return typeof error === 'object' && error !== null ? error : {};
}
