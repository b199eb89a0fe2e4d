/** A fake of Telnyx's WebSocket for softphones: logins, and calls from one to another, in the frames of the real one. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { VertoCalls } from './verto-calls.ts';

/** The parameters of a frame: whatever the SDK sends. */
export type Params = Record<string, unknown>;

export interface Frame {
  id: number | string;
  method?: string;
  params: Params;
}

/** What one login is, as long as its `sessid` is known. */
export interface VertoSession {
  readonly sessid: string;
  /** Who it rings for. */
  readonly number: string;
  socket: WebSocket | undefined;
}

/** Takes softphones by what `numberOf` says of their login, and connects their calls. */
export class FakeVerto {
  /** The parameters of all logins, in the order of their coming. */
  readonly logins: Params[] = [];
  /** What each asking of a socket for the state of the registration is answered; the last goes on. */
  states = ['REGED'];
  /** What happens to a login in place of taking it. */
  fault: 'silence' | 'drop' | undefined;
  /** What `gatewayState` is left without an answer: a time-out for who asks. */
  silent = false;
  readonly calls = new VertoCalls((session, method, params) => this.#request(session, method, params));
  readonly #sessions = new Map<string, VertoSession>();
  readonly #server: WebSocketServer;
  readonly #numberOf: (login: Params) => string | undefined;
  #lastId = 3000;
  #sockets = 0;

  private constructor(server: WebSocketServer, numberOf: (login: Params) => string | undefined) {
    this.#server = server;
    this.#numberOf = numberOf;
    server.on('connection', (socket) => this.#serve(socket));
  }

  /**
   * Listens at a free port of 127.0.0.1.
   * @param numberOf the number that this login rings for; undefined refuses it
   */
  static async listen(numberOf: (login: Params) => string | undefined): Promise<FakeVerto> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return new FakeVerto(server, numberOf);
  }

  /** The one state that all are told from now on. */
  set gatewayState(state: string) {
    this.states = [state];
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sockets that have come, gone ones among them. */
  get sockets(): number {
    return this.#sockets;
  }

  /** Drops the socket of who this number rings for, as a network does. */
  drop(number: string): void {
    this.#sessionOf(number)?.socket?.terminate();
  }

  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #sessionOf(number: unknown): VertoSession | undefined {
    return [...this.#sessions.values()].findLast((session) => session.number === number && session.socket);
  }

  #serve(socket: WebSocket): void {
    let session: VertoSession | undefined;
    let asked = 0;
    this.#sockets += 1;
    socket.on('message', (data) => {
      const frame: Frame = JSON.parse(String(data));
      // What is no request answers one of ours.
      if (frame.method === 'login') session = this.#login(socket, frame) ?? session;
      else if (session && frame.method === 'telnyx_rtc.gatewayState')
        this.#tellState(session, frame, asked++);
      else if (frame.method && session) this.#answer(session, frame);
    });
    socket.on('close', () => {
      if (session?.socket === socket) session.socket = undefined;
    });
  }

  #login(socket: WebSocket, { id, params }: Frame): VertoSession | undefined {
    this.logins.push(params);
    if (this.fault === 'drop') socket.terminate();
    if (this.fault) return undefined;
    const number = this.#numberOf(params);
    if (!number) {
      const code = params.login_token ? -32000 : -32001;
      say(socket, { id, error: { code, message: 'Login Incorrect' } });
      return undefined;
    }
    const session = this.#sessions.get(String(params.sessid)) ?? {
      sessid: randomUUID(),
      number,
      socket,
    };
    session.socket = socket;
    this.#sessions.set(session.sessid, session);
    say(socket, { id, result: { message: 'logged in', sessid: session.sessid } });
    const reattached_sessions = this.calls.idsOf(session);
    this.#request(session, 'telnyx_rtc.clientReady', { reattached_sessions });
    this.#request(session, 'telnyx_rtc.ping', {});
    return session;
  }

  #answer(session: VertoSession, { id, method, params }: Frame): void {
    const result = this.calls.take(session, method ?? '', params, (number) => this.#sessionOf(number));
    if (session.socket) say(session.socket, { id, result: { method, sessid: session.sessid, ...result } });
    this.calls.proceed();
  }

  /** @param asked how often this socket has asked before */
  #tellState({ socket, sessid }: VertoSession, { id }: Frame, asked: number): void {
    if (this.silent || !socket) return;
    const state = this.states[asked] ?? this.states.at(-1);
    say(socket, { id, result: { params: { state, dc: 'ch1', region: 'us-central' }, sessid } });
  }

  #request(session: VertoSession, method: string, params: Params): void {
    this.#lastId += 1;
    if (session.socket) say(session.socket, { id: this.#lastId, method, params });
  }
}

function say(socket: WebSocket, frame: object): void {
  socket.send(JSON.stringify({ jsonrpc: '2.0', ...frame, voice_sdk_id: 'VSDK-of-the-fake' }));
}
