import type { Identity } from '../auth/claims.ts';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { RoomMedia } from '../media/room-media.ts';
import type { MediaWorker } from '../media/workers.ts';
import type { Code } from '../protocol/codes.ts';
import type { EncodedEvent } from '../protocol/frames.ts';
import { Peer, type PeerLimits } from './peer.ts';
import { Room, type RoomLimits } from './room.ts';

export interface RoomsLimits extends PeerLimits, RoomLimits {
  maxRooms: number;
}

interface Entry {
  readonly opening: Promise<Room>;
  room: Room | undefined;
  /** How many sockets hold the room, joined or not. */
  holds: number;
}

/** A place in a room: the peer, which has not joined yet, and its room. */
export interface Place {
  readonly room: Room;
  readonly peer: Peer;
}

/** The rooms of this node. A room exists from its first accepted socket until the last one is gone. */
export class Rooms {
  readonly #leaseWorker: () => Promise<MediaWorker>;
  readonly #limits: RoomsLimits;
  readonly #logger: Logger;
  readonly #entries = new Map<string, Entry>();
  #closed: Code | undefined;

  constructor(options: { leaseWorker: () => Promise<MediaWorker>; limits: RoomsLimits; logger: Logger }) {
    this.#leaseWorker = options.leaseWorker;
    this.#limits = options.limits;
    this.#logger = options.logger;
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

  /**
   * Makes a peer in the room that its identity names, opening that if need be. The peer's events go to `tell`.
   * Throws `node_full`, `server_closing`, or why the room closed meanwhile.
   */
  async enter(identity: Identity, tell: (event: EncodedEvent) => void): Promise<Place> {
    const entry = this.#hold(identity.room);
    const release = () => this.#release(identity.room, entry);
    try {
      const room = await entry.opening;
      const media = await room.openPeerMedia();
      const peer = new Peer({ identity, media, limits: this.#limits, tell, logger: this.#logger });
      peer.once('closed', release);
      return { room, peer };
    } catch (error) {
      release();
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
    if (this.#entries.size >= this.#limits.maxRooms) throw new AppError('node_full');
    const entry: Entry = { opening: this.#open(name), room: undefined, holds: 1 };
    this.#entries.set(name, entry);
    entry.opening.then(
      (room) => this.#opened(name, entry, room),
      () => this.#forget(name, entry),
    );
    return entry;
  }

  async #open(name: string): Promise<Room> {
    const openMedia = async () => RoomMedia.open(await this.#leaseWorker());
    return new Room(name, await openMedia(), { openMedia, limits: this.#limits, logger: this.#logger });
  }

  #opened(name: string, entry: Entry, room: Room): void {
    if (this.#entries.get(name) !== entry) {
      room.close(this.#closed ?? 'left');
      return;
    }
    entry.room = room;
    room.once('closed', () => this.#forget(name, entry));
  }

  #release(name: string, entry: Entry): void {
    entry.holds--;
    if (entry.holds > 0) return;
    this.#forget(name, entry);
    entry.room?.close('left');
  }

  #forget(name: string, entry: Entry): void {
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
  }
}
