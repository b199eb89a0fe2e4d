import type { DeliveryInfo } from '../protocol/attention.ts';
import type { AnyEvent } from '../protocol/events.ts';
import type { Source } from '../protocol/grants.ts';
import type { Metadata } from '../protocol/metadata.ts';
import type { PeerInfo, ProducerInfo } from '../protocol/model.ts';
import type { NetworkLimit, NetworkQuality, PeerQuality } from '../protocol/quality.ts';
import type { Delivery, RemotePeer, RemoteSource } from './remote-peer.ts';
import type { RoomEvents } from './room-events.ts';

const EXCELLENT = { quality: 'excellent', limitedBy: null } as const;
const FULL: Delivery = { amount: 'full' };

type Tell = <E extends keyof RoomEvents>(event: E, ...args: RoomEvents[E]) => void;

interface MutableSource extends RemoteSource {
  paused: boolean;
  delivery: Delivery;
  track: MediaStreamTrack | undefined;
}

interface MutablePeer extends RemotePeer {
  metadata: Metadata;
  handRaisedAt: number | null;
  reconnecting: boolean;
  name: string;
  userType: string;
  mutedSources: readonly Source[];
  quality: NetworkQuality;
  limitedBy: NetworkLimit | null;
  readonly sources: Map<string, MutableSource>;
}

/** What may change of a peer. */
type Change = Partial<Omit<MutablePeer, 'id' | 'userId' | 'sources'>>;

/** The other peers, as the events of the server tell of them. They stay themselves while sessions come and go. */
export class Peers {
  readonly #peers = new Map<string, MutablePeer>();
  readonly #tell: Tell;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  get all(): ReadonlyMap<string, RemotePeer> {
    return this.#peers;
  }

  /** The media of all is lost: their sources come back when the room is found again. */
  dropTracks(): void {
    for (const peer of this.#peers.values()) {
      for (const source of peer.sources.values()) this.#dropTrack(peer, source);
    }
  }

  /** The room as it was found at a moment: what has changed until then is told as it would have been. */
  reset(infos: readonly PeerInfo[]): void {
    const present = new Set(infos.map(({ id }) => id));
    for (const id of [...this.#peers.keys()]) if (!present.has(id)) this.#remove(id, 'connection_lost');
    for (const info of infos) {
      const peer = this.#peers.get(info.id);
      if (peer) this.#renew(peer, info);
      else this.#add(info);
    }
  }

  /** An event of the server, if it is about a peer or what it publishes. */
  apply({ event, data }: AnyEvent): void {
    if (event === 'peerJoined') this.#add(data.peer);
    else if (event === 'peerLeft') this.#remove(data.peerId, data.reason);
    else if (event === 'peerUpdated') this.#update(data.peerId, data);
    else if (event === 'sourceMuted' && data.mode === 'hard') this.#setMuted(data.peerId, data.source, true);
    else if (event === 'sourceAllowed') this.#setMuted(data.peerId, data.source, false);
    else if (event === 'producerOpened') this.#addSource(data.peerId, data.producer);
    else if (event === 'producerClosed') this.#removeSource(data.peerId, data.producerId);
    else if (event === 'producerPaused') this.#setPaused(data.peerId, data.producerId, true);
    else if (event === 'qualityChanged') for (const quality of data.peers) this.#setQuality(quality);
    else if (event === 'deliveryChanged') for (const info of data.consumers) this.#setDelivery(info);
    else if (event === 'producerResumed') this.#setPaused(data.peerId, data.producerId, false);
  }

  /** What a source sounds or looks like. */
  setTrack(peerId: string, producerId: string, track: MediaStreamTrack): void {
    const peer = this.#peers.get(peerId);
    const source = peer?.sources.get(producerId);
    if (!peer || !source) return;
    source.track = track;
    this.#tell('trackAdded', source, peer);
  }

  /** A source is received no longer, although it is still published. */
  removeTrack(peerId: string, producerId: string): void {
    const peer = this.#peers.get(peerId);
    const source = peer?.sources.get(producerId);
    if (peer && source) this.#dropTrack(peer, source);
  }

  /** This peer has left: there is nobody to tell. */
  clear(): void {
    this.#peers.clear();
  }

  #add({ producers, ...info }: PeerInfo): void {
    if (this.#peers.has(info.id)) return;
    const sources = producers.map((producer) => [producer.id, sourceOf(info.id, producer)] as const);
    const peer: MutablePeer = { ...info, ...EXCELLENT, sources: new Map(sources) };
    this.#peers.set(peer.id, peer);
    this.#tell('peerJoined', peer);
  }

  #remove(peerId: string, reason: string): void {
    const peer = this.#peers.get(peerId);
    if (!peer) return;
    this.#peers.delete(peerId);
    for (const id of [...peer.sources.keys()]) this.#drop(peer, id);
    this.#tell('peerLeft', peer, reason);
  }

  #update(peerId: string, change: Change): void {
    const peer = this.#peers.get(peerId);
    if (!peer) return;
    const { metadata, handRaisedAt, reconnecting, name, userType, mutedSources } = { ...peer, ...change };
    Object.assign(peer, { metadata, handRaisedAt, reconnecting, name, userType, mutedSources });
    this.#tell('peerUpdated', peer);
  }

  #setMuted(peerId: string, source: Source, muted: boolean): void {
    const others = (this.#peers.get(peerId)?.mutedSources ?? []).filter((other) => other !== source);
    this.#update(peerId, { mutedSources: muted ? [...others, source] : others });
  }

  #addSource(peerId: string, producer: ProducerInfo): void {
    const peer = this.#peers.get(peerId);
    if (!peer || peer.sources.has(producer.id)) return;
    peer.sources.set(producer.id, sourceOf(peerId, producer));
    this.#tell('peerUpdated', peer);
  }

  #removeSource(peerId: string, producerId: string): void {
    const peer = this.#peers.get(peerId);
    if (!peer?.sources.has(producerId)) return;
    this.#drop(peer, producerId);
    this.#tell('peerUpdated', peer);
  }

  #setPaused(peerId: string, producerId: string, paused: boolean): void {
    const peer = this.#peers.get(peerId);
    const source = peer?.sources.get(producerId);
    if (!peer || !source || source.paused === paused) return;
    source.paused = paused;
    this.#tell(paused ? 'trackPaused' : 'trackResumed', source, peer);
  }

  #setQuality({ peerId, quality, limitedBy }: PeerQuality): void {
    const peer = this.#peers.get(peerId);
    if (!peer) return;
    Object.assign(peer, { quality, limitedBy });
    this.#tell('qualityChanged', { quality, limitedBy }, peer);
  }

  #setDelivery({ peerId, producerId, delivery: amount, reason }: DeliveryInfo): void {
    const peer = this.#peers.get(peerId);
    const source = peer?.sources.get(producerId);
    if (!peer || !source) return;
    source.delivery = amount === 'full' || reason === null ? FULL : { amount, reason };
    this.#tell('deliveryChanged', source, peer);
  }

  /** What it still publishes keeps its track. */
  #renew(peer: MutablePeer, { producers, ...info }: PeerInfo): void {
    const published = new Set(producers.map(({ id }) => id));
    for (const id of [...peer.sources.keys()]) if (!published.has(id)) this.#drop(peer, id);
    for (const producer of producers) {
      if (peer.sources.has(producer.id)) this.#setPaused(peer.id, producer.id, producer.paused);
      else peer.sources.set(producer.id, sourceOf(peer.id, producer));
    }
    Object.assign(peer, info);
    this.#tell('peerUpdated', peer);
  }

  #drop(peer: MutablePeer, producerId: string): void {
    const source = peer.sources.get(producerId);
    peer.sources.delete(producerId);
    if (source) this.#dropTrack(peer, source);
  }

  #dropTrack(peer: MutablePeer, source: MutableSource): void {
    if (!source.track) return;
    this.#tell('trackRemoved', source, peer);
    source.track = undefined;
    source.delivery = FULL;
  }
}

function sourceOf(peerId: string, { id, kind, source, paused }: ProducerInfo): MutableSource {
  return { id, peerId, kind, source, paused, delivery: FULL, track: undefined };
}
