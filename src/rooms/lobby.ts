import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Identity } from '../auth/claims.ts';
import { AppError } from '../lib/errors.ts';
import type { Code } from '../protocol/codes.ts';
import type { EventData } from '../protocol/events.ts';
import type { WaitingInfo } from '../protocol/model.ts';

type Reason = EventData<'waitingLeft'>['reason'];

interface Wait {
  readonly room: string;
  readonly info: WaitingInfo;
  readonly identity: Identity;
  readonly admitted: PromiseWithResolvers<void>;
}

/** What hosts are told; the first of each is the name of the room. */
interface Events {
  arrived: [room: string, waiting: WaitingInfo];
  left: [room: string, id: string, reason: Reason];
}

/** Those who wait until a host admits them, of all rooms, whether the room is open or not. They have nothing but a socket. */
export class Lobby extends EventEmitter<Events> {
  readonly #maxWaiting: number;
  /** By room, by the id of the wait, in the order of their coming. */
  readonly #rooms = new Map<string, Map<string, Wait>>();

  /** @param options.maxLobby how many may wait for one room */
  constructor(options: { maxLobby: number }) {
    super();
    this.#maxWaiting = options.maxLobby;
  }

  /** How many wait, in all rooms. */
  get size(): number {
    let size = 0;
    for (const waits of this.#rooms.values()) size += waits.size;
    return size;
  }

  /** Who waits for a room, first come first. */
  waiting(room: string): WaitingInfo[] {
    return [...(this.#rooms.get(room)?.values() ?? [])].map(({ info }) => info);
  }

  /**
   * Waits until somebody admits; ends with the signal, whose reason is a code. Throws `lobby_full`, the code of the one who
   * refused, or that of the signal.
   */
  async wait(identity: Identity, signal: AbortSignal): Promise<void> {
    const { room, userId, name, userType } = identity;
    const waits = this.#rooms.get(room) ?? new Map<string, Wait>();
    if (waits.size >= this.#maxWaiting) throw new AppError('lobby_full');
    if (signal.aborted) throw new AppError(signal.reason);
    const info = { id: randomUUID(), userId, name, userType, since: Date.now() };
    const wait: Wait = { room, info, identity, admitted: Promise.withResolvers() };
    this.#rooms.set(room, waits.set(info.id, wait));
    const leave = () => this.#end(wait, 'left', signal.reason);
    signal.addEventListener('abort', leave);
    this.emit('arrived', room, info);
    try {
      await wait.admitted.promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Throws `not_found`. */
  admit(room: string, id: string): WaitingInfo {
    const wait = this.#find(room, id);
    this.#end(wait, 'admitted');
    return wait.info;
  }

  admitAll(room: string): void {
    for (const { id } of this.waiting(room)) this.admit(room, id);
  }

  /** Sends somebody away. Throws `not_found`. */
  refuse(room: string, id: string, code: Code): WaitingInfo {
    const wait = this.#find(room, id);
    this.#end(wait, 'refused', code);
    return wait.info;
  }

  /** Sends all away who wait for a room, or those of one user. */
  refuseAll(room: string, code: Code, userId?: string): void {
    for (const info of this.waiting(room)) {
      if (userId === undefined || info.userId === userId) this.refuse(room, info.id, code);
    }
  }

  /** Sends those away for whom `refusalOf` has a code. */
  refuseUnwelcome(room: string, refusalOf: (identity: Identity) => Code | undefined): void {
    for (const { info, identity } of [...(this.#rooms.get(room)?.values() ?? [])]) {
      const code = refusalOf(identity);
      if (code) this.refuse(room, info.id, code);
    }
  }

  #find(room: string, id: string): Wait {
    const wait = this.#rooms.get(room)?.get(id);
    if (!wait) throw new AppError('not_found', 'nobody waits under this id');
    return wait;
  }

  #end({ room, info, admitted }: Wait, reason: Reason, code?: Code): void {
    const waits = this.#rooms.get(room);
    if (!waits?.delete(info.id)) return;
    if (waits.size === 0) this.#rooms.delete(room);
    if (reason === 'admitted') admitted.resolve();
    else admitted.reject(new AppError(code ?? 'left'));
    this.emit('left', room, info.id, reason);
  }
}
