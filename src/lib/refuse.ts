import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { AppError } from './errors.ts';
import { statusText } from './status-text.ts';

/**
 * Answers on a socket that no HTTP framework holds (an upgrade, bytes that are no request) with a refusal, in the same
 * form as every HTTP answer of this server, and ends it.
 */
export function refuse(socket: Duplex, error: AppError): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.httpStatus;
  const body = JSON.stringify({ error: error.toWire() });
  const head = [
    `HTTP/1.1 ${status} ${statusText(status)}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    ...Object.entries(error.httpHeaders).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** Does the same on a stream of HTTP/2. */
export function refuseStream(stream: ServerHttp2Stream, error: AppError): void {
  if (stream.destroyed || stream.headersSent) {
    stream.destroy();
    return;
  }
  stream.respond({
    ':status': error.httpStatus,
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    ...error.httpHeaders,
  });
  stream.end(JSON.stringify({ error: error.toWire() }));
}
