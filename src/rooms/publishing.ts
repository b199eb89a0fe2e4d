import type { EventEmitter } from 'node:events';
import { AppError } from '../lib/errors.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import { type EncodedEvent, encodeEvent } from '../protocol/frames.ts';
import { GRANT_OF_SOURCE, type Grant, type Source } from '../protocol/grants.ts';
import type { Params } from '../protocol/methods.ts';
import type { MemberEvents, MemberProducer, PublishedData } from './member.ts';

export interface PublishingLimits {
  maxProducersPerPeer: number;
  maxDataProducersPerPeer: number;
}

interface Options {
  peerId: string;
  limits: PublishingLimits;
  /** The media of this moment. */
  media: () => PeerMedia;
  may: (grant: Grant) => boolean;
  /** Whether a host has muted it. */
  isMuted: (source: Source) => boolean;
  /** Where the facts are told. */
  events: Pick<EventEmitter<MemberEvents>, 'emit'>;
  /** Tells the peer itself. */
  tell: (event: EncodedEvent) => void;
  /** Whether the peer is closed: then only that is told. */
  closed: () => boolean;
}

/** What one peer publishes: its producers and data channels, within its limits, its grants and what hosts have muted. */
export class Publishing {
  readonly producers = new Map<string, MemberProducer>();
  readonly dataProducers = new Map<string, PublishedData>();
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  async produce(params: Params<'produce'>): Promise<void> {
    const { peerId, limits, media, events, closed } = this.#options;
    assertRoomFor(this.producers, limits.maxProducersPerPeer);
    if (!params.paused) this.#assertNotMuted(params.source);
    const member = { ...(await media().produce(params)), peerId };
    const { id, producer, publisher } = member;
    await this.#holdBack(member);
    this.producers.set(id, member);
    producer.observer.once('close', () => {
      this.producers.delete(id);
      if (!publisher.lost && !closed()) events.emit('producerClosed', member);
    });
    events.emit('produced', member);
  }

  async pause(id: string): Promise<void> {
    const member = this.#producer(id);
    if (member.producer.paused) return;
    await member.publisher.setPaused(member.producer, true);
    this.#options.events.emit('producerPaused', member);
  }

  async resume(id: string): Promise<void> {
    const member = this.#producer(id);
    if (!member.producer.paused) return;
    this.#assertNotMuted(member.source);
    await member.publisher.setPaused(member.producer, false);
    this.#assertNotMuted(member.source); // a mute meanwhile has paused it again
    this.#options.events.emit('producerResumed', member);
  }

  close(id: string): void {
    this.#producer(id).producer.close();
  }

  /** Pauses all of a source, also what is paused, as its resuming may be on the way. */
  async pauseSource(source: Source): Promise<void> {
    await Promise.all(
      this.#ofSource(source).map(async (member) => {
        try {
          await member.publisher.setPaused(member.producer, true);
          this.#options.events.emit('producerPaused', member);
        } catch (error) {
          if (!member.producer.closed) throw error;
        }
      }),
    );
  }

  closeSource(source: Source): void {
    for (const { producer } of this.#ofSource(source)) producer.close();
  }

  /** Opens a data channel to the others, and tells when they all have opened their ends of it. */
  async produceData({ id, reliability, streamId }: Params<'produceData'>): Promise<void> {
    const { peerId, limits, may, events, tell, closed } = this.#options;
    assertRoomFor(this.dataProducers, limits.maxDataProducersPerPeer);
    const media = this.#options.media();
    const dataProducer = await media.produceData({ id, reliability, streamId });
    if (!may('data')) dataProducer.close();
    if (dataProducer.closed) throw new AppError('forbidden', 'the role has changed');
    const data = { id, peerId, reliability, dataProducer };
    this.dataProducers.set(id, data);
    dataProducer.observer.once('close', () => {
      this.dataProducers.delete(id);
      if (!media.lost && !closed()) events.emit('dataProducerClosed', data);
    });
    const opening: Promise<void>[] = [];
    events.emit('dataProduced', data, (opened) => opening.push(opened));
    void Promise.all(opening).then(() => {
      if (!dataProducer.closed) tell(encodeEvent('dataProducerReady', { dataProducerId: id }));
    });
  }

  closeData(id: string): void {
    const data = this.dataProducers.get(id);
    if (!data) throw new AppError('not_found', 'there is no such data producer');
    data.dataProducer.close();
  }

  /** Closes what the role does not allow any more. */
  closeForbidden(): void {
    const { may } = this.#options;
    for (const { source, producer } of [...this.producers.values()]) {
      if (!may(GRANT_OF_SOURCE[source])) producer.close();
    }
    if (may('data')) return;
    for (const { dataProducer } of [...this.dataProducers.values()]) dataProducer.close();
  }

  /** What the role or a mute forbids by now, as it changed while the producer was made. */
  async #holdBack({ source, producer, publisher }: MemberProducer): Promise<void> {
    const { may, isMuted } = this.#options;
    if (isMuted(source) && !producer.paused) await publisher.setPaused(producer, true);
    if (may(GRANT_OF_SOURCE[source])) return;
    producer.close();
    throw new AppError('forbidden', 'the role has changed');
  }

  #assertNotMuted(source: Source): void {
    if (this.#options.isMuted(source)) throw new AppError('muted_by_host');
  }

  #ofSource(source: Source): MemberProducer[] {
    return [...this.producers.values()].filter((member) => member.source === source);
  }

  #producer(id: string): MemberProducer {
    const member = this.producers.get(id);
    if (!member) throw new AppError('not_found', 'there is no such producer');
    return member;
  }
}

function assertRoomFor(things: ReadonlyMap<string, unknown>, limit: number): void {
  if (things.size >= limit) throw new AppError('limit_reached', `no more than ${limit} of these are allowed`);
}
