/**
 * Every code that this server answers with, in one table. A code never changes its meaning.
 *
 * - `http`: the status where the refusal is an HTTP answer
 * - `close`: the WebSocket close code where it ends the socket (RFC 6455 section 7.4; 4000 and above are ours)
 * - `retry`: whether the same thing may succeed later without a change by the caller
 * - `limit`: whether a limit was reached, which the audit and the metrics count
 * - `message`: what is said when the place that fails has nothing better to say
 */
export const codes = {
  token_missing: { http: 401, close: 4401, retry: false, message: 'a token is required' },
  token_malformed: { http: 401, close: 4401, retry: false, message: 'the token is not a JWT' },
  token_algorithm: { http: 401, close: 4401, retry: false, message: 'the token must be signed with HS256' },
  token_signature: { http: 401, close: 4401, retry: false, message: 'the signature is wrong' },
  token_expired: { http: 401, close: 4401, retry: false, message: 'the token has expired' },
  token_not_active: { http: 401, close: 4401, retry: true, message: 'the token is not valid yet' },
  token_lifetime: { http: 401, close: 4401, retry: false, message: 'the token lives longer than allowed' },
  token_claims: { http: 401, close: 4401, retry: false, message: 'a claim is missing or wrong' },
  token_revoked: { http: 401, close: 4401, retry: false, message: 'the token is older than a removal' },
  api_key_missing: { http: 401, close: 4401, retry: false, message: 'an API key is required' },
  api_key_invalid: {
    http: 401,
    close: 4401,
    retry: false,
    message: 'the API key is unknown, has expired or was revoked',
  },
  banned: { http: 403, close: 4403, retry: false, message: 'this user is banned from the room' },
  origin_not_allowed: { http: 403, close: 4403, retry: false, message: 'this origin is not allowed' },
  path_not_found: { http: 404, close: 4404, retry: false, message: 'nothing is served here' },
  method_not_allowed: {
    http: 405,
    close: 4405,
    retry: false,
    message: 'this HTTP method is not served here',
  },
  upgrade_invalid: { http: 400, close: 4400, retry: false, message: 'this is no WebSocket handshake' },
  invalid_request: { http: 400, close: 4400, retry: false, message: 'the HTTP request is malformed' },
  request_timeout: { http: 408, close: 4408, retry: true, message: 'the HTTP request took too long' },
  headers_too_big: { http: 431, close: 4431, retry: false, message: 'the HTTP headers are too big' },

  media_type_not_supported: {
    http: 415,
    close: 4415,
    retry: false,
    message: 'this content type is not read here',
  },
  etag_required: { http: 428, close: 4428, retry: false, message: 'the header If-Match is required' },
  etag_mismatch: { http: 412, close: 4412, retry: false, message: 'the session has changed since this ETag' },

  invalid_message: { http: 400, close: 4400, retry: false, message: 'the message is not a request' },
  unknown_method: { http: 404, close: 4404, retry: false, message: 'there is no such method' },
  invalid_params: { http: 400, close: 4400, retry: false, message: 'the parameters are wrong' },
  invalid_media: { http: 400, close: 4400, retry: false, message: 'the media parameters are refused' },
  forbidden: { http: 403, close: 4403, retry: false, message: 'the role does not allow this' },
  muted_by_host: { http: 403, close: 4403, retry: false, message: 'a host has muted this source' },
  not_admitted: { http: 403, close: 4403, retry: true, message: 'wait until a host admits you' },
  not_found: { http: 404, close: 4404, retry: false, message: 'there is no such thing' },
  invitation_invalid: {
    http: 404,
    close: 4404,
    retry: false,
    message: 'this invitation is unknown, has ended, or was used or revoked',
  },
  idempotency_conflict: {
    http: 409,
    close: 4409,
    retry: false,
    message: 'this idempotency key was used for another request',
  },
  id_taken: { http: 409, close: 4409, retry: false, message: 'this id is in use' },
  not_joined: { http: 409, close: 4409, retry: false, message: 'join first' },
  resume_refused: { http: 403, close: 4403, retry: false, message: 'this session belongs to somebody else' },
  duplicate_user: { http: 409, close: 4409, retry: true, message: 'this user is in the room already' },
  already_joined: { http: 409, close: 4409, retry: false, message: 'joined already' },
  already_connected: { http: 409, close: 4409, retry: false, message: 'this transport is connected already' },
  media_kept: { http: 409, close: 4409, retry: false, message: 'the media was not lost' },
  not_connected: { http: 409, close: 4409, retry: false, message: 'this transport is not connected' },

  message_too_big: { http: 413, close: 1009, retry: false, limit: true, message: 'the message is too big' },
  rate_limited: { http: 429, close: 4429, retry: true, limit: true, message: 'too many messages, slow down' },
  queue_full: { http: 429, close: 4429, retry: true, limit: true, message: 'too many requests are waiting' },
  too_many_waiting: {
    http: 429,
    close: 4429,
    retry: true,
    limit: true,
    message: 'too many sockets wait to join',
  },
  too_many_connections: {
    http: 429,
    close: 4429,
    retry: true,
    limit: true,
    message: 'too many connections from here',
  },
  limit_reached: {
    http: 409,
    close: 4409,
    retry: false,
    limit: true,
    message: 'no more of these are allowed',
  },
  too_many_peers: {
    http: 409,
    close: 4409,
    retry: false,
    limit: true,
    message: 'too many peers of this user or address are in the room',
  },
  room_full: { http: 503, close: 4503, retry: true, limit: true, message: 'the room is full' },
  lobby_full: {
    http: 503,
    close: 4503,
    retry: true,
    limit: true,
    message: 'too many wait in the lobby of this room',
  },
  room_locked: { http: 423, close: 4423, retry: true, message: 'the room is locked' },
  node_full: {
    http: 503,
    close: 4503,
    retry: true,
    limit: true,
    message: 'no more rooms fit on this server',
  },

  storage_unavailable: {
    http: 503,
    close: 4503,
    retry: true,
    message: 'this could not be saved, as the disk cannot be written at the moment',
  },

  telephony_off: { http: 503, close: 4502, retry: false, message: 'the telephony is not set up here' },
  webhook_refused: { http: 401, close: 4401, retry: false, message: 'this is no webhook of Telnyx' },
  telnyx_key_refused: { http: 502, close: 4502, retry: false, message: 'Telnyx refuses the API key' },
  telnyx_not_found: { http: 502, close: 4502, retry: false, message: 'Telnyx does not find the credential' },
  telnyx_refused: { http: 502, close: 4502, retry: false, message: 'Telnyx refuses this' },
  telnyx_unavailable: { http: 503, close: 4503, retry: true, message: 'Telnyx cannot be reached' },

  left: { http: 410, close: 1000, retry: false, message: 'the peer left' },
  connection_lost: { http: 408, close: 4408, retry: true, message: 'the connection was lost' },
  resumed_elsewhere: { http: 409, close: 4410, retry: false, message: 'another socket resumed this session' },
  replaced: { http: 409, close: 4410, retry: false, message: 'the same user has joined once more' },
  removed: { http: 403, close: 4403, retry: false, message: 'a host has removed this user' },
  room_ended: { http: 410, close: 4410, retry: false, message: 'a host has ended the room' },
  lobby_refused: { http: 403, close: 4403, retry: false, message: 'a host has not let this user in' },
  lobby_opened: { http: 503, close: 4503, retry: true, message: 'the room has a lobby now' },
  join_timeout: { http: 408, close: 4408, retry: false, message: 'the socket did not join in time' },
  socket_dead: { http: 408, close: 4408, retry: true, message: 'nothing was heard for too long' },
  too_slow: { http: 408, close: 4413, retry: true, message: 'the socket did not read what was sent' },
  media_lost: { http: 503, close: 4504, retry: true, message: 'the media worker of this room died' },
  overloaded: {
    http: 503,
    close: 4503,
    retry: true,
    limit: true,
    message: 'this server has too much to do, try again later',
  },
  draining: { http: 503, close: 4503, retry: true, message: 'this server opens no more rooms' },
  server_closing: { http: 503, close: 1001, retry: true, message: 'the server closes' },
  internal: { http: 500, close: 1011, retry: true, message: 'something went wrong in the server' },
} as const;

/** A stable code of this protocol. */
export type Code = keyof typeof codes;

/** Whether this code says that a limit was reached. */
export function isLimit(code: Code): boolean {
  return 'limit' in codes[code];
}

/** What a refusal looks like on the wire, in HTTP bodies and in answers alike. */
export interface WireError {
  code: Code;
  message: string;
}

const codeOfClose = new Map<number, Code>();
for (const [code, { close }] of Object.entries(codes) as [Code, (typeof codes)[Code]][]) {
  if (!codeOfClose.has(close)) codeOfClose.set(close, code);
}

/**
 * Whether a client that was closed with this WebSocket close code may come back by itself.
 * A code that this table does not know (1005, 1006, a proxy's) speaks of the way, not of the client.
 */
export function mayRetry(close: number, reason: string): boolean {
  if (Object.hasOwn(codes, reason)) return codes[reason as Code].retry;
  const code = codeOfClose.get(close);
  return code ? codes[code].retry : true;
}
