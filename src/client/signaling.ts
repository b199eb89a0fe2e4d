import type { AnyEvent, EventData } from '../protocol/events.ts';
import type { ServerFrame } from '../protocol/frames.ts';
import type { Method, ParamsIn, Result } from '../protocol/methods.ts';
import type { RoomAsFound } from '../protocol/model.ts';
import { type ErrorCode, RoomError } from './errors.ts';
import { type Ending, Socket, type SocketOptions } from './socket.ts';
import { Vigil } from './vigil.ts';

export interface SignalingOptions extends Omit<SocketOptions, 'ticket'> {
  /** Called when the server has this user wait in the lobby of the room. */
  onWaiting?: (waiting: EventData<'waiting'>) => void;
}

interface Pending {
  /** The request, to be sent again where its answer was lost with a socket. */
  readonly text: string;
  /** Takes what the schema of its method says. */
  resolve(result: never): void;
  reject(error: RoomError): void;
}

/**
 * A session with the server: requests and their answers, events in order, and a watch over the socket. It outlives its
 * sockets: what was asked while there is none goes out over the next one. It knows nothing of media.
 */
export class Signaling {
  readonly welcome: EventData<'welcome'>;
  /** Resolves once, when the session is over. */
  readonly closed: Promise<ErrorCode>;
  #socket: Socket;
  #attached = true;
  readonly #pending = new Map<number, Pending>();
  /** Events wait here until somebody takes them. */
  #held: AnyEvent[] = [];
  #listener: ((event: AnyEvent) => void) | undefined;
  #end: (code: ErrorCode) => void = () => {};
  #endedWith: ErrorCode | undefined;
  #lastId: number;
  #lastSeq = 0;
  #heardAt = performance.now();
  #pingedAt: number | undefined;
  readonly #timer: ReturnType<typeof setInterval>;

  /** @param lastId the last id of a request that was sent over this socket before */
  private constructor(socket: Socket, welcome: EventData<'welcome'>, lastId: number) {
    this.welcome = welcome;
    this.#lastId = lastId;
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    const { pingInterval } = welcome;
    this.#timer = setInterval(() => this.#watch(pingInterval), pingInterval / 4);
  }

  /**
   * Opens a session, or goes on with the one that is given: then that is what comes back, unless the server has
   * forgotten it. Takes what was missed before it returns.
   * @throws RoomError `unreachable` if the socket did not open: the server knows why
   */
  static async open(
    options: SignalingOptions,
    previous?: Signaling,
  ): Promise<{ signaling: Signaling; resumed?: EventData<'resumed'> }> {
    const ticket = previous ? previous.#ticket() : undefined;
    const socket = await Socket.open({ ...options, ticket });
    return await new Promise((resolve, reject) => {
      let signaling: Signaling | undefined;
      let vigil: Vigil | undefined;
      void socket.closed.then(({ code }) => reject(new RoomError(code)));
      socket.listen((frame) => {
        if (signaling) signaling.#receive(frame);
        else if (!('event' in frame)) vigil?.heard();
        else if (frame.event === 'waiting') {
          vigil = new Vigil(socket, frame.data.pingInterval);
          options.onWaiting?.(frame.data);
        } else if (frame.event === 'welcome') {
          signaling = new Signaling(socket, frame.data, vigil?.end() ?? 0);
          signaling.#receive(frame);
          signaling.#follow(socket);
          resolve({ signaling });
        } else if (frame.event === 'resumed' && previous) {
          signaling = previous;
          signaling.#resume(socket, frame.data.snapshot);
          resolve({ signaling, resumed: frame.data });
        }
      });
    });
  }

  /** Whether it is not over; its socket may be gone. */
  get isOpen(): boolean {
    return this.#endedWith === undefined;
  }

  /** Resolves when the socket of this moment is gone. */
  get disconnected(): Promise<Ending> {
    return this.#socket.closed;
  }

  /** Asks, and resolves to the answer; rejects with the server's refusal, or when the session ends before. */
  request<M extends Method>(method: M, params: ParamsIn<M>): Promise<Result<M>> {
    return new Promise((resolve, reject) => {
      if (this.#endedWith) return reject(new RoomError(this.#endedWith));
      const id = ++this.#lastId;
      const text = JSON.stringify({ id, method, params });
      this.#pending.set(id, { text, resolve, reject });
      if (this.#attached) this.#socket.send(text);
    });
  }

  /** Keeps events from here on, until `deliver`: what precedes an answer must not be seen before it. */
  hold(): void {
    this.#listener = undefined;
  }

  /** Hands over all events after `welcome`, in order, those that came before this call at once. */
  deliver(listener: (event: AnyEvent) => void): void {
    this.#listener = listener;
    while (this.#listener === listener) {
      const event = this.#held.shift();
      if (!event) return;
      listener(event);
    }
  }

  /** Gives the socket up, as another one may have a way. */
  disconnect(): void {
    this.#socket.close('connection_lost');
  }

  /** Ends the session; `left` tells the server that it is meant. */
  close(code: ErrorCode): void {
    if (this.#endedWith) return;
    if (code === 'left') {
      this.request('leave', {}).catch(() => {}); // others see at once that it is meant; the answer is not awaited
    }
    this.#endedWith = code;
    clearInterval(this.#timer);
    this.#held = [];
    this.#listener = undefined;
    for (const { reject } of this.#pending.values()) reject(new RoomError(code));
    this.#pending.clear();
    this.#socket.close(code);
    this.#end(code);
  }

  #ticket(): string {
    return `resume.${this.welcome.peerId}.${this.welcome.resumeSecret}.${this.#lastSeq}`;
  }

  #follow(socket: Socket): void {
    this.#attached = true;
    void socket.closed.then(() => {
      if (this.#socket === socket) this.#attached = false;
    });
  }

  /** What was not answered is asked again: the server knows what it has done already. */
  #resume(socket: Socket, snapshot: RoomAsFound | undefined): void {
    this.#socket.close('connection_lost');
    this.#socket = socket;
    this.#heardAt = performance.now();
    this.#pingedAt = undefined;
    if (snapshot) {
      this.#lastSeq = snapshot.seq;
      this.hold(); // what comes from here on comes after the snapshot
      this.#held = this.#held.filter(({ event }) => event === 'chatReceived'); // the rest is in the snapshot
    }
    this.#follow(socket);
    for (const { text } of this.#pending.values()) socket.send(text);
  }

  #receive(frame: ServerFrame): void {
    if (this.#endedWith) return;
    this.#heardAt = performance.now();
    this.#pingedAt = undefined;
    if ('event' in frame) this.#receiveEvent(frame);
    else if (frame.id !== null) this.#answered(frame.id, frame);
  }

  #receiveEvent({ seq = this.#lastSeq, ...event }: AnyEvent & { seq?: number }): void {
    this.#lastSeq = seq;
    if (event.event === 'welcome' || event.event === 'closing') return;
    if (this.#listener) this.#listener(event);
    else this.#held.push(event);
  }

  #answered(id: number, answer: Extract<ServerFrame, { id: unknown }>): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if ('result' in answer) pending?.resolve(answer.result as never);
    else pending?.reject(new RoomError(answer.error.code, answer.error.message));
  }

  /** Silence counts as death only after a ping: timers stand still in a sleeping machine or a hidden page. */
  #watch(interval: number): void {
    if (!this.#attached) return;
    const now = performance.now();
    if (this.#pingedAt !== undefined) {
      if (now - this.#pingedAt >= interval) this.disconnect();
    } else if (now - this.#heardAt >= interval) {
      this.#pingedAt = now;
      this.request('ping', {}).catch(() => {}); // its end is told by `closed`
    }
  }
}
