/** Both ends of a WebSocket on loopback. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

export interface SocketPair {
  /** The server's end. */
  readonly socket: WebSocket;
  /** What carries the server's end: while it is corked, nothing that is sent leaves the process. */
  readonly stream: Socket;
  readonly client: WebSocket;
  /** What the client has received so far. */
  readonly received: string[];
}

/** Opens a socket; both ends are gone after the test at the latest. */
export async function socketPair(): Promise<SocketPair> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const received: string[] = [];
  client.on('message', (data) => received.push(String(data)));
  client.on('error', () => {});
  const [[socket, request]] = await Promise.all([once(server, 'connection'), once(client, 'open')]);
  onTestFinished(() => {
    client.terminate();
    socket.terminate();
    server.close();
  });
  return { socket, stream: request.socket, client, received };
}
