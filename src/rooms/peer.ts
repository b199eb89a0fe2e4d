import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Identity } from '../auth/claims.ts';
import { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Code } from '../protocol/codes.ts';
import type { EventData, EventName } from '../protocol/events.ts';
import { type EncodedEvent, encodeEvent } from '../protocol/frames.ts';
import type { Grant } from '../protocol/grants.ts';
import type { Params, Result } from '../protocol/methods.ts';
import type { Metadata, PeerInfo } from '../protocol/model.ts';
import {
  type Member,
  type MemberEvents,
  type MemberProducer,
  type PublishedData,
  producerInfo,
  type Snapshot,
} from './member.ts';
import { Reception } from './reception.ts';

export interface PeerLimits {
  maxProducersPerPeer: number;
  maxConsumersPerPeer: number;
  maxDataProducersPerPeer: number;
}

export interface PeerOptions {
  identity: Identity;
  media: PeerMedia;
  limits: PeerLimits;
  /** Where this peer's events go. */
  tell: (event: EncodedEvent) => void;
  logger: Logger;
}

type State = { is: 'waiting' } | { is: 'joined'; reception: Reception } | { is: 'closed'; code: Code };

/** One session of one user in one room, with its media. It is a member of the room from its join on. */
export class Peer extends EventEmitter<MemberEvents> implements Member {
  readonly id = randomUUID();
  readonly identity: Identity;
  readonly media: PeerMedia;
  readonly producers = new Map<string, MemberProducer>();
  readonly dataProducers = new Map<string, PublishedData>();
  readonly #limits: PeerLimits;
  readonly #tell: (event: EncodedEvent) => void;
  readonly #logger: Logger;
  readonly #closer = new Closer();
  #state: State = { is: 'waiting' };
  #metadata: Metadata = {};
  #handRaisedAt: number | null = null;

  constructor(options: PeerOptions) {
    super();
    this.identity = options.identity;
    this.media = options.media;
    this.#limits = options.limits;
    this.#tell = options.tell;
    this.#logger = options.logger.child({ peer: this.id, user: this.identity.userId });
    this.media.once('closed', (code) => this.close(code));
  }

  get joined(): boolean {
    return this.#state.is === 'joined';
  }

  may(grant: Grant): boolean {
    return this.identity.grants.has(grant);
  }

  info(): PeerInfo {
    const { userId, name, userType } = this.identity;
    return {
      id: this.id,
      userId,
      name,
      userType,
      metadata: this.#metadata,
      handRaisedAt: this.#handRaisedAt,
      producers: [...this.producers.values()].map(producerInfo),
    };
  }

  /**
   * Joins: `admit` lets this peer into its room, and what it finds there is on its way when this returns.
   * What comes after that moment comes as events. Throws `already_joined` and whatever `admit` throws.
   */
  async join(
    { rtpCapabilities, dtls, metadata }: Params<'join'>,
    admit: (peer: this) => Snapshot,
  ): Promise<Result<'join'>> {
    if (this.#state.is !== 'waiting') throw new AppError('already_joined');
    if (dtls) await this.#closer.wait(this.media.connect(dtls));
    if (metadata) this.#metadata = metadata;
    const snapshot = admit(this);
    const reception = new Reception({
      media: this.media,
      rtpCapabilities,
      grants: this.identity.grants,
      maxConsumers: this.#limits.maxConsumersPerPeer,
      closer: this.#closer,
      logger: this.#logger,
    });
    this.#state = { is: 'joined', reception };
    const [consumers, dataConsumers] = await Promise.all([
      Promise.all(snapshot.producers.map((producer) => reception.consume(producer))),
      Promise.all(snapshot.dataProducers.map((data) => reception.consumeData(data))),
    ]);
    this.#closer.assertOpen();
    return {
      peers: snapshot.peers,
      consumers: consumers.filter((consumer) => consumer !== undefined),
      dataConsumers: dataConsumers.filter((dataConsumer) => dataConsumer !== undefined),
    };
  }

  async produce(params: Params<'produce'>): Promise<void> {
    assertRoomFor(this.producers, this.#limits.maxProducersPerPeer);
    const member = { ...(await this.media.produce(params)), peerId: this.id };
    const { id, producer } = member;
    this.producers.set(id, member);
    producer.observer.once('close', () => {
      this.producers.delete(id);
      if (!this.#closer.closed) this.emit('producerClosed', member);
    });
    this.emit('produced', member);
  }

  async pauseProducer(id: string): Promise<void> {
    const member = this.#producer(id);
    if (member.producer.paused) return;
    await this.#closer.wait(member.producer.pause());
    this.emit('producerPaused', member);
  }

  async resumeProducer(id: string): Promise<void> {
    const member = this.#producer(id);
    if (!member.producer.paused) return;
    await this.#closer.wait(member.producer.resume());
    this.emit('producerResumed', member);
  }

  closeProducer(id: string): void {
    this.#producer(id).producer.close();
  }

  async produceData({ id, reliability, streamId }: Params<'produceData'>): Promise<void> {
    assertRoomFor(this.dataProducers, this.#limits.maxDataProducersPerPeer);
    const dataProducer = await this.media.produceData({ id, reliability, streamId });
    const data = { id, peerId: this.id, reliability, dataProducer };
    this.dataProducers.set(id, data);
    dataProducer.observer.once('close', () => {
      this.dataProducers.delete(id);
      if (!this.#closer.closed) this.emit('dataProducerClosed', data);
    });
    this.emit('dataProduced', data);
  }

  closeDataProducer(id: string): void {
    const data = this.dataProducers.get(id);
    if (!data) throw new AppError('not_found', 'there is no such data producer');
    data.dataProducer.close();
  }

  setMetadata(metadata: Metadata): void {
    this.#metadata = metadata;
    this.emit('updated', { metadata });
  }

  setHandRaised(raised: boolean): void {
    if (raised === (this.#handRaisedAt !== null)) return;
    this.#handRaisedAt = raised ? Date.now() : null;
    this.emit('updated', { handRaisedAt: this.#handRaisedAt });
  }

  tell(event: EncodedEvent): void {
    this.#tell(event);
  }

  offer(producer: MemberProducer): void {
    if (this.#state.is !== 'joined') return;
    this.#tellOnce('consumerOpened', this.#state.reception.consume(producer), (consumer) => ({ consumer }));
  }

  offerData(data: PublishedData): void {
    if (this.#state.is !== 'joined') return;
    const arriving = this.#state.reception.consumeData(data);
    this.#tellOnce('dataConsumerOpened', arriving, (dataConsumer) => ({ dataConsumer }));
  }

  close(code: Code): void {
    if (!this.#closer.close(code)) return;
    this.#state = { is: 'closed', code };
    this.media.close(code);
    this.emit('closed', code);
    this.removeAllListeners();
  }

  #producer(id: string): MemberProducer {
    const member = this.producers.get(id);
    if (!member) throw new AppError('not_found', 'there is no such producer');
    return member;
  }

  /** Tells an event about something that is still on its way, if it comes. */
  #tellOnce<E extends EventName, T>(
    event: E,
    arriving: Promise<T | undefined>,
    data: (arrived: T) => EventData<E>,
  ): void {
    void arriving.then((arrived) => {
      if (arrived !== undefined && !this.#closer.closed) this.#tell(encodeEvent(event, data(arrived)));
    });
  }
}

function assertRoomFor(things: ReadonlyMap<string, unknown>, limit: number): void {
  if (things.size >= limit) throw new AppError('limit_reached', `no more than ${limit} of these are allowed`);
}
