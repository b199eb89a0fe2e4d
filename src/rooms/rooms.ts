import type { Identity } from '../auth/claims.ts';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { RoomMedia } from '../media/room-media.ts';
import type { WorkerLease } from '../media/workers.ts';
import type { Code } from '../protocol/codes.ts';
import type { EventSink } from './event-sink.ts';
import type { Lobby } from './lobby.ts';
import { Peer, type PeerLimits } from './peer.ts';
import { Room, type RoomLimits } from './room.ts';
import type { RoomSettings } from './room-settings.ts';

export interface RoomsLimits extends PeerLimits, RoomLimits {
  maxRooms: number;
}

export interface RoomsOptions {
  leaseWorker: (peers: number) => Promise<WorkerLease>;
  settings: RoomSettings;
  lobby: Lobby;
  /** Throws where a token is refused although it is good. */
  assertWelcome: (identity: Identity) => void;
  limits: RoomsLimits;
  logger: Logger;
}

/** Somebody at the door of a room. */
export interface Visitor {
  identity: Identity;
  /** Where the events of the peer go. */
  events: EventSink;
  /** Called when the visitor has to wait in the lobby. */
  onWaiting: () => void;
  /** Ends the wait; its reason is a code. */
  signal: AbortSignal;
}

interface Entry {
  readonly opening: Promise<Room>;
  room: Room | undefined;
  /** How many sockets hold the room, joined or not. */
  holds: number;
  /** Joined or not. */
  readonly peers: Set<Peer>;
}

/** A place in a room: the peer, which has not joined yet, and its room. */
export interface Place {
  readonly room: Room;
  readonly peer: Peer;
}

/** The rooms of this node. A room exists from its first accepted socket until the last one is gone. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #entries = new Map<string, Entry>();
  #closed: Code | undefined;

  constructor(options: RoomsOptions) {
    this.#options = options;
    const { lobby } = options;
    lobby.on('arrived', (room, waiting) => this.find(room)?.tellHosts('waitingJoined', { waiting }));
    lobby.on('left', (room, id, reason) => this.find(room)?.tellHosts('waitingLeft', { id, reason }));
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many peers have joined, in all rooms. */
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
   * Makes a peer in the room that its identity names, opening that if need be: after a wait in the lobby, where there is
   * one, for all who do not moderate. Throws `room_locked`, `lobby_full`, `lobby_refused`, `token_revoked`, `banned`,
   * `node_full`, `server_closing`, or why the room closed meanwhile.
   */
  async enter(visitor: Visitor): Promise<Place> {
    const { identity, signal } = visitor;
    this.#assertWelcome(identity);
    const waits = this.#hasToWait(identity);
    if (waits) {
      visitor.onWaiting();
      await this.#options.lobby.wait(identity, signal);
    }
    const place = await this.#enter(visitor);
    try {
      this.#assertWelcome(identity);
      if (!waits && this.#hasToWait(identity)) throw new AppError('lobby_opened');
    } catch (error) {
      place.peer.close(toAppError(error).code);
      throw error;
    }
    return place;
  }

  /** All peers of a user, joined or not. */
  peersOf(name: string, userId: string): Peer[] {
    return this.#peersOf(name).filter(({ identity }) => identity.userId === userId);
  }

  /** Closes all peers of a user, joined or not. */
  takeOut(name: string, code: Code, userId: string): void {
    for (const peer of this.peersOf(name, userId)) peer.close(code);
  }

  /** Closes those who have not joined yet and would have to wait in the lobby. */
  closeVisitors(name: string, code: Code): void {
    for (const peer of this.#peersOf(name)) if (!peer.joined && !peer.may('moderate')) peer.close(code);
  }

  /** Closes all peers of a room, joined or not, and with them the room. */
  end(name: string, code: Code): void {
    for (const peer of this.#peersOf(name)) peer.close(code);
  }

  #assertWelcome(identity: Identity): void {
    this.#options.assertWelcome(identity);
    const { locked } = this.#options.settings.of(identity.room);
    if (locked && !identity.grants.has('moderate')) throw new AppError('room_locked');
  }

  #hasToWait({ room, grants }: Identity): boolean {
    return this.#options.settings.of(room).lobby && !grants.has('moderate');
  }

  #peersOf(name: string): Peer[] {
    return [...(this.#entries.get(name)?.peers ?? [])];
  }

  async #enter({ identity, events }: Visitor): Promise<Place> {
    const { limits, logger } = this.#options;
    const entry = this.#hold(identity.room);
    const release = (code: Code) => this.#release(identity.room, entry, code);
    try {
      const room = await entry.opening;
      const media = await room.openPeerMedia();
      const peer = new Peer({ identity, media, mutes: room.mutes, limits, events, logger });
      entry.peers.add(peer);
      peer.once('closed', (code) => {
        entry.peers.delete(peer);
        release(code);
      });
      return { room, peer };
    } catch (error) {
      release(toAppError(error).code);
      throw error;
    }
  }

  close(code: Code): void {
    if (this.#closed) return;
    this.#closed = code;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { room } of entries) room?.close(code);
  }

  #hold(name: string): Entry {
    if (this.#closed) throw new AppError(this.#closed);
    const known = this.#entries.get(name);
    if (known) {
      known.holds++;
      return known;
    }
    if (this.#entries.size >= this.#options.limits.maxRooms) throw new AppError('node_full');
    const entry: Entry = { opening: this.#open(name), room: undefined, holds: 1, peers: new Set() };
    this.#entries.set(name, entry);
    entry.opening.then(
      (room) => this.#opened(name, entry, room),
      () => this.#forget(name, entry),
    );
    return entry;
  }

  async #open(name: string): Promise<Room> {
    const { leaseWorker, settings, lobby, limits, logger } = this.#options;
    const openMedia = async (peers: number) => RoomMedia.open(await leaseWorker(peers));
    return new Room(name, await openMedia(1), {
      openMedia,
      setting: () => settings.of(name),
      waiting: () => lobby.waiting(name),
      limits,
      logger,
    });
  }

  #opened(name: string, entry: Entry, room: Room): void {
    if (this.#entries.get(name) !== entry) {
      room.close(this.#closed ?? 'left');
      return;
    }
    entry.room = room;
    room.once('closed', (code) => {
      this.#forget(name, entry);
      this.#unlock(name, code);
    });
  }

  /** A lock ends with the meeting that it was made for, which goes on when the server is started again. */
  #unlock(name: string, code: Code): void {
    const { settings, logger } = this.#options;
    if (code === 'server_closing' || code === 'media_lost' || !settings.of(name).locked) return;
    settings
      .set(name, { locked: false })
      .catch((error) => logger.error({ err: error }, 'a lock was not lifted'));
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
