import type { AnyEvent, EventData } from '../protocol/events.ts';
import type { Grant, Source } from '../protocol/grants.ts';
import type { Metadata } from '../protocol/metadata.ts';
import type { RoomInfo } from '../protocol/model.ts';
import type { NetworkLimit, NetworkQuality } from '../protocol/quality.ts';
import type { WaitingUser } from './moderation.ts';
import type { RemotePeer } from './remote-peer.ts';
import type { RoomEvents } from './room-events.ts';

interface Options {
  tell: <E extends keyof RoomEvents>(event: E, ...args: RoomEvents[E]) => void;
  /** The id of this peer. */
  ownId: () => string | undefined;
  peer: (id: string) => RemotePeer | undefined;
}

/** How this peer stands in its room, and how the room stands: what hosts and tokens have made of both. */
export class Standing {
  locked = false;
  lobby = false;
  metadata: Metadata = {};
  userType: string | undefined;
  grants: ReadonlySet<Grant> = new Set();
  /** The sources of this peer that hosts have muted until they allow them. */
  readonly mutedSources = new Set<Source>();
  /** How good the connection of this peer is, and what keeps it from being better. */
  quality: NetworkQuality = 'excellent';
  limitedBy: NetworkLimit | null = null;
  readonly waiting = new Map<string, WaitingUser>();
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** A session begins: what its token says. */
  welcome({ user, grants }: { user: { type: string }; grants: readonly Grant[] }): void {
    this.userType = user.type;
    this.grants = new Set(grants);
  }

  /** The room as it was found at a moment. */
  reset({ locked, lobby, metadata, mutedSources, waiting }: RoomInfo): void {
    this.locked = locked;
    this.lobby = lobby;
    this.metadata = metadata;
    this.mutedSources.clear();
    for (const source of mutedSources) this.mutedSources.add(source);
    this.#options.tell('roomUpdated', { by: undefined });
    const found = new Set(waiting.map(({ id }) => id));
    this.#forgetWaiting((id) => !found.has(id));
    for (const user of waiting) this.#arrived(user);
  }

  /** An event of the server, if it is about this. */
  apply({ event, data }: AnyEvent): void {
    const { tell } = this.#options;
    if (event === 'grantsChanged') this.#setGrants(data);
    else if (event === 'roomUpdated') this.#update(data);
    else if (event === 'sourceMuted') this.#muted(data);
    else if (event === 'sourceAllowed') this.#allowed(data);
    else if (event === 'sourceStopped') tell('sourceStopped', this.#act(data));
    else if (event === 'qualityChanged') this.#setQuality(data);
    else if (event === 'incomingLimited') tell('incomingLimited', data);
    else if (event === 'handsLowered') this.#lowered(data);
    else if (event === 'waitingJoined') this.#arrived(data.waiting);
    else if (event === 'waitingLeft') this.#departed(data);
  }

  #setQuality({ peers }: EventData<'qualityChanged'>): void {
    const own = peers.find(({ peerId }) => peerId === this.#options.ownId());
    if (!own) return;
    const { quality, limitedBy } = own;
    this.quality = quality;
    this.limitedBy = limitedBy;
    this.#options.tell('qualityChanged', { quality, limitedBy }, undefined);
  }

  /** The server says it with each token, and again after a snapshot. */
  #setGrants({ userType, grants }: { userType: string; grants: Grant[] }): void {
    const same = grants.length === this.grants.size && grants.every((grant) => this.grants.has(grant));
    if (same && userType === this.userType) return;
    this.userType = userType;
    this.grants = new Set(grants);
    this.#options.tell('grantsChanged', { userType, grants: this.grants });
    if (!this.grants.has('moderate')) this.#forgetWaiting(() => true);
  }

  #update({ locked, lobby, metadata, by }: EventData<'roomUpdated'>): void {
    this.locked = locked ?? this.locked;
    this.lobby = lobby ?? this.lobby;
    this.metadata = metadata ?? this.metadata;
    const change = {
      ...(locked !== undefined && { locked }),
      ...(lobby !== undefined && { lobby }),
      ...(metadata && { metadata }),
    };
    this.#options.tell('roomUpdated', { ...change, by: this.#peer(by) });
  }

  #muted({ mode, ...data }: Concerning & { mode: 'hard' | 'soft' }): void {
    const act = this.#act(data);
    if (act.self && mode === 'hard') this.mutedSources.add(data.source);
    this.#options.tell('sourceMuted', { ...act, mode });
  }

  #allowed(data: Concerning): void {
    const act = this.#act(data);
    if (act.self) this.mutedSources.delete(data.source);
    this.#options.tell('sourceAllowed', act);
  }

  #lowered({ peerIds, by }: { peerIds: string[]; by: string | null }): void {
    const own = this.#options.ownId();
    const self = own !== undefined && peerIds.includes(own);
    this.#options.tell('handsLowered', { self, by: this.#peer(by) });
  }

  #arrived(user: WaitingUser): void {
    if (this.waiting.has(user.id)) return;
    this.waiting.set(user.id, user);
    this.#options.tell('waitingJoined', user);
  }

  #departed({ id, reason }: { id: string; reason: 'admitted' | 'refused' | 'left' }): void {
    const user = this.waiting.get(id);
    this.waiting.delete(id);
    if (user) this.#options.tell('waitingLeft', user, reason);
  }

  /** They have gone while this peer was not told of them, or it is not told any more. */
  #forgetWaiting(which: (id: string) => boolean): void {
    for (const id of [...this.waiting.keys()].filter(which)) this.#departed({ id, reason: 'left' });
  }

  #act({ peerId, source, by }: Concerning): RoomEvents['sourceAllowed'][0] {
    const { ownId, peer } = this.#options;
    return { self: peerId === ownId(), peer: peer(peerId), source, by: this.#peer(by) };
  }

  #peer(id: string | null): RemotePeer | undefined {
    return id === null ? undefined : this.#options.peer(id);
  }
}

interface Concerning {
  peerId: string;
  source: Source;
  by: string | null;
}
