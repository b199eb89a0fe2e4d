/** What takes logins at Telnyx's WebSocket, and nothing more of it: login, `gatewayState`, pings. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Registrar {
  /** `ws://127.0.0.1:port` */
  readonly url: string;
  /** The parameters of all logins. */
  readonly logins: Record<string, unknown>[];
  /** What each asking for the state is answered; the last goes on. */
  states: string[];
  /** What happens to a login in place of taking it. */
  fault: 'silence' | 'drop' | undefined;
}

/** @param accepts whether Telnyx would take a login with these parameters */
export async function startRegistrar(
  accepts: (params: Record<string, unknown>) => boolean,
): Promise<Registrar> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of server.clients) socket.terminate();
    server.close();
    await once(server, 'close');
  });
  const registrar: Registrar = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    logins: [],
    states: ['REGED'],
    fault: undefined,
  };
  server.on('connection', (socket) => serve(socket, registrar, accepts));
  return registrar;
}

function serve(
  socket: WebSocket,
  registrar: Registrar,
  accepts: (params: Record<string, unknown>) => boolean,
): void {
  const voice_sdk_id = `VSDK${randomUUID()}`;
  const send = (frame: object) => socket.send(JSON.stringify({ jsonrpc: '2.0', ...frame, voice_sdk_id }));
  const sessid = randomUUID();
  let asked = 0;
  socket.on('message', (data) => {
    const { id, method, params } = JSON.parse(String(data));
    if (method === 'login') {
      registrar.logins.push(params);
      if (registrar.fault === 'drop') return socket.terminate();
      if (registrar.fault === 'silence') return;
      if (!accepts(params)) return send({ id, error: { code: -32001, message: 'Login Incorrect' } });
      send({ id, result: { message: 'logged in', sessid } });
      send({ id: 3084, method: 'telnyx_rtc.clientReady', params: { reattached_sessions: [] } });
      send({ id: 5, method: 'telnyx_rtc.ping', params: {} });
    } else if (method === 'telnyx_rtc.gatewayState') {
      const state = registrar.states[asked++] ?? registrar.states.at(-1);
      send({ id, result: { params: { state, dc: 'ch1', region: 'us-central' }, sessid } });
    }
  });
}
