import { EventEmitter } from 'node:events';
import type { Identity } from '../auth/claims.ts';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { RoomMedia, type RoomMediaOptions } from '../media/room-media.ts';
import type { Code } from '../protocol/codes.ts';
import { type Entrant, EntryPolicy, type EntryPolicyOptions } from './entry-policy.ts';
import type { RoomFact } from './facts.ts';
import type { Member } from './member.ts';
import type { AudioLimits } from './microphones.ts';
import { Room } from './room.ts';
import type { RoomLimits } from './space.ts';

export interface RoomsOptions extends EntryPolicyOptions {
  media: RoomMediaOptions;
  /** Throws where this node takes no new rooms, or no new members. */
  assertAvailable: (isRoomOpen: boolean) => void;
  limits: RoomLimits & AudioLimits & { maxRooms: number };
  logger: Logger;
}

/** Somebody who comes to be a member of a room: of whatever kind, as the visitor itself makes the member. */
export interface Visitor<M extends Member> extends Entrant {
  /** Makes the member, which has not joined yet. Throws why it cannot. */
  createMember: (room: Room) => Promise<M>;
  /** Called once, when the member has closed and left. */
  onClosed: (code: Code) => void;
}

/** A place in a room: the member, which has not joined yet, and its room. */
export interface Place<M extends Member> {
  readonly room: Room;
  readonly member: M;
}

interface Entry {
  readonly opening: Promise<Room>;
  room: Room | undefined;
  /** How many hold the room open: members, joined or not, and those that are being made. */
  holds: number;
  /** Joined or not. */
  readonly members: Set<Member>;
  /** By `performance.now()`. */
  readonly openedAt: number;
}

/**
 * The rooms of this node. A room exists from its first visitor that is let in until the last one is gone. Emits the facts of all
 * rooms; a listener must not throw.
 */
export class Rooms extends EventEmitter<{ fact: [RoomFact] }> {
  readonly #options: RoomsOptions;
  readonly #policy: EntryPolicy;
  readonly #entries = new Map<string, Entry>();
  #closed: Code | undefined;

  constructor(options: RoomsOptions) {
    super();
    this.#options = options;
    this.#policy = new EntryPolicy(options);
    const { lobby } = options;
    lobby.on('arrived', (room, waiting) =>
      this.find(room)?.tellThoseWith('moderate', 'waitingJoined', { waiting }),
    );
    lobby.on('left', (room, id, reason) =>
      this.find(room)?.tellThoseWith('moderate', 'waitingLeft', { id, reason }),
    );
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many members have joined, in all rooms. */
  get peers(): number {
    let peers = 0;
    for (const { room } of this.#entries.values()) peers += room?.size ?? 0;
    return peers;
  }

  /** The room of this name, if it is open. */
  find(name: string): Room | undefined {
    return this.#entries.get(name)?.room;
  }

  /**
   * Makes a member in the room that its identity names, and opens that room if need be. This is the one way into a room, for
   * all kinds of members. Throws what `EntryPolicy.pass` and `createMember` throw, `node_full`, `server_closing`, or why the
   * room closed meanwhile.
   */
  async enter<M extends Member>(visitor: Visitor<M>): Promise<Place<M>> {
    this.#options.assertAvailable(this.#entries.has(visitor.identity.room));
    const assertStillAllowed = await this.#policy.pass(visitor);
    const place = await this.#makePlace(visitor);
    try {
      assertStillAllowed();
      return place;
    } catch (error) {
      place.member.close(toAppError(error).code);
      throw error;
    }
  }

  /** The rooms that are open. */
  open(): Room[] {
    return [...this.#entries.values()].flatMap(({ room }) => room ?? []);
  }

  /** All members of a user, joined or not. */
  membersOf(name: string, userId: string): Member[] {
    return this.#members(name).filter(({ identity }) => identity.userId === userId);
  }

  /** Closes all members of a user, joined or not. */
  disconnectUser(name: string, code: Code, userId: string): void {
    for (const member of this.membersOf(name, userId)) member.close(code);
  }

  /** Closes those that have not joined yet and would have to wait in the lobby. */
  closeVisitors(name: string, code: Code): void {
    for (const member of this.#members(name)) {
      if (!this.find(name)?.has(member) && !member.may('moderate')) member.close(code);
    }
  }

  /** Closes all who may not be in a room any more, joined or not, and sends them away from its lobby. */
  closeUnwelcome(name: string): void {
    const refusalOf = (identity: Identity): Code | undefined => {
      try {
        this.#options.assertNotCutOff(identity);
        return undefined;
      } catch (error) {
        return toAppError(error).code;
      }
    };
    for (const member of this.#members(name)) {
      const code = refusalOf(member.claims);
      if (code) member.close(code);
    }
    this.#options.lobby.refuseUnwelcome(name, refusalOf);
  }

  /** Closes all members of a room, joined or not, and with them the room. */
  end(name: string, code: Code): void {
    for (const member of this.#members(name)) member.close(code);
  }

  close(code: Code): void {
    if (this.#closed) return;
    this.#closed = code;
    for (const { room } of [...this.#entries.values()]) room?.close(code);
    this.#entries.clear();
    this.removeAllListeners();
  }

  #members(name: string): Member[] {
    return [...(this.#entries.get(name)?.members ?? [])];
  }

  async #makePlace<M extends Member>(visitor: Visitor<M>): Promise<Place<M>> {
    const name = visitor.identity.room;
    const entry = this.#hold(name);
    try {
      const room = await entry.opening;
      const member = await visitor.createMember(room);
      entry.members.add(member);
      member.on('closed', (code) => {
        entry.members.delete(member);
        room.leave(member, code);
        visitor.onClosed(code);
        this.#release(name, entry, code);
      });
      return { room, member };
    } catch (error) {
      this.#release(name, entry, toAppError(error).code);
      throw error;
    }
  }

  #hold(name: string): Entry {
    if (this.#closed) throw new AppError(this.#closed);
    const known = this.#entries.get(name);
    if (known) {
      known.holds++;
      return known;
    }
    if (this.#entries.size >= this.#options.limits.maxRooms) throw new AppError('node_full');
    const entry: Entry = {
      opening: this.#open(name),
      room: undefined,
      holds: 1,
      members: new Set(),
      openedAt: performance.now(),
    };
    this.#entries.set(name, entry);
    entry.opening.then(
      (room) => this.#opened(name, entry, room),
      () => this.#forget(name, entry),
    );
    return entry;
  }

  async #open(name: string): Promise<Room> {
    const { media, settings, lobby, limits } = this.#options;
    return new Room(name, {
      media: await RoomMedia.open(media),
      setting: () => settings.of(name),
      waiting: () => lobby.waiting(name),
      limits,
      slices: media.slices,
    });
  }

  #opened(name: string, entry: Entry, room: Room): void {
    if (this.#entries.get(name) !== entry) {
      room.close(this.#closed ?? 'left');
      return;
    }
    entry.room = room;
    this.emit('fact', { kind: 'room-opened', room: room.ref });
    room.on('fact', (fact) => this.emit('fact', fact));
    room.once('closed', (reason) => {
      this.#forget(name, entry);
      this.#unlock(name, reason);
      const durationMs = Math.round(performance.now() - entry.openedAt);
      this.emit('fact', { kind: 'room-ended', room: room.ref, reason, durationMs });
    });
  }

  /** A lock ends with the meeting that it was made for, which goes on when the server is started again. */
  #unlock(name: string, code: Code): void {
    const { settings, logger } = this.#options;
    if (code === 'server_closing' || code === 'media_lost' || !settings.of(name).locked) return;
    settings
      .set(name, { locked: false })
      .catch((error) => logger.error({ err: error }, 'the end of a lock was not saved'));
  }

  #release(name: string, entry: Entry, code: Code): void {
    entry.holds--;
    if (entry.holds > 0) return;
    this.#forget(name, entry);
    entry.room?.close(code);
  }

  #forget(name: string, entry: Entry): void {
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
  }
}
