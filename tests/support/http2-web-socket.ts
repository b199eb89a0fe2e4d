/** A WebSocket over a stream of HTTP/2 (RFC 8441), as Chromium opens it. */
import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { WebSocket } from 'ws';

/** A connection to a server whose certificate the caller trusts; resolves when the server's settings have come. */
export async function openSession(url: string, ca: string): Promise<ClientHttp2Session> {
  const session = connect(url, { ca });
  await once(session, 'remoteSettings');
  return session;
}

export interface Handshake {
  path: string;
  protocols?: readonly string[];
  headers?: Record<string, string>;
}

/** The stream of a handshake, and the head of its answer. */
export async function handshake(session: ClientHttp2Session, { path, protocols = [], headers }: Handshake) {
  const stream = session.request(
    {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': path,
      'sec-websocket-version': '13',
      ...(protocols.length > 0 && { 'sec-websocket-protocol': protocols.join(', ') }),
      ...headers,
    },
    { endStream: false },
  );
  const [answer]: IncomingHttpHeaders[] = await once(stream, 'response');
  return { stream, answer: answer ?? {} };
}

/** An open WebSocket. Throws the status of a refusal. */
export async function openWebSocket(session: ClientHttp2Session, options: Handshake): Promise<WebSocket> {
  const { stream, answer } = await handshake(session, options);
  if (Number(answer[':status']) !== 200) throw new Error(`refused: ${answer[':status']}`);
  const webSocket: WebSocket = Reflect.construct(WebSocket, [null, undefined, { autoPong: true }]);
  Object.assign(webSocket, { _isServer: false });
  webSocket.setSocket(stream, Buffer.alloc(0), {
    allowSynchronousEvents: true,
    maxBufferedChunks: 0,
    maxFragments: 0,
    maxPayload: 0,
    skipUTF8Validation: false,
  });
  return webSocket;
}

/** The whole answer to a request for a page. */
export async function get(session: ClientHttp2Session, path: string, headers: Record<string, string> = {}) {
  const stream = session.request({ ':path': path, ...headers });
  const [answer]: IncomingHttpHeaders[] = await once(stream, 'response');
  return { headers: answer ?? {}, body: await textOf(stream) };
}

export async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
