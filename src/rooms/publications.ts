import type { EventEmitter } from 'node:events';
import { AppError } from '../lib/errors.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { OutgoingEvent } from '../protocol/frames.ts';
import { GRANT_OF_SOURCE, type Grant, type Source } from '../protocol/grants.ts';
import type { PictureSize } from '../protocol/media.ts';
import type { Params } from '../protocol/methods.ts';
import { IncomingGuard } from './incoming-guard.ts';
import type { MemberEvents } from './member.ts';
import {
  closePublication,
  type DataPublication,
  type MediaPublication,
  type Publication,
} from './publication.ts';

export interface PublicationLimits {
  maxProducersPerPeer: number;
  maxDataProducersPerPeer: number;
  /** In bits per second. */
  maxIncomingBitrate: number;
}

interface Options {
  peerId: string;
  userId: string;
  limits: PublicationLimits;
  /** The media of this moment. */
  media: () => PeerMedia;
  may: (grant: Grant) => boolean;
  /** Whether a host has muted the source. */
  isMuted: (source: Source) => boolean;
  /** Where the facts are emitted. */
  events: Pick<EventEmitter<MemberEvents>, 'emit'>;
  /** Tells the member itself. */
  tell: (event: OutgoingEvent) => void;
  /** Whether the member is closed: then only that is told. */
  isClosed: () => boolean;
  /** The member sends more than it may, although nothing of it is forwarded any more. */
  onFlood: () => void;
}

/** What one member publishes: producers and data channels, within its limits, its grants and the mutes of hosts. */
export class Publications implements Iterable<Publication> {
  readonly #media = new Map<string, MediaPublication>();
  readonly #data = new Map<string, DataPublication>();
  /** Those that the others know as paused. */
  readonly #knownPaused = new WeakSet<MediaPublication>();
  readonly #options: Options;
  /** There once something was published. */
  #guard: IncomingGuard | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  *[Symbol.iterator](): IterableIterator<Publication> {
    yield* this.#media.values();
    yield* this.#data.values();
  }

  get media(): IterableIterator<MediaPublication> {
    return this.#media.values();
  }

  async produce(params: Params<'produce'>): Promise<void> {
    const { peerId, userId, limits, media, events, isClosed } = this.#options;
    assertSpace(this.#media, limits.maxProducersPerPeer);
    if (!params.paused) this.#assertNotMuted(params.source);
    const published = await media().produce(params);
    const { id, producer, publisher } = published;
    const publication = { ...published, kind: producer.kind, peerId, userId };
    await this.#holdBack(publication);
    this.#media.set(id, publication);
    if (producer.paused) this.#knownPaused.add(publication);
    producer.observer.once('close', () => {
      this.#media.delete(id);
      if (!isClosed()) events.emit(publisher.lost ? 'lost' : 'unpublished', publication);
    });
    this.#watch();
    events.emit('published', publication);
  }

  async pause(id: string): Promise<void> {
    const publication = this.#get(id);
    if (!publication.producer.paused) await this.#pause(publication);
  }

  async resume(id: string): Promise<void> {
    const publication = this.#get(id);
    const { producer, publisher, source } = publication;
    if (!producer.paused) return;
    this.#assertNotMuted(source);
    await publisher.setPaused(producer, false);
    this.#assertNotMuted(source); // a host may have muted it meanwhile, which has paused it again
    this.#knownPaused.delete(publication);
    this.#options.events.emit('resumed', publication);
  }

  /** The picture of a video has another size from now on. Throws `not_found`. */
  resize(id: string, size: PictureSize): void {
    this.#get(id).layers?.resize(size);
  }

  close(id: string): void {
    this.#get(id).producer.close();
  }

  /** Pauses all of a source, and what is paused once more, as its resuming may be on the way. */
  async pauseSource(source: Source): Promise<boolean> {
    const paused = await Promise.all(
      this.#ofSource(source).map(async (publication) => {
        try {
          return await this.#pause(publication);
        } catch (error) {
          if (!publication.producer.closed) throw error;
          return false;
        }
      }),
    );
    return paused.includes(true);
  }

  closeSource(source: Source): void {
    for (const { producer } of this.#ofSource(source)) producer.close();
  }

  async produceData({ id, reliability, streamId }: Params<'produceData'>): Promise<void> {
    const { peerId, userId, limits, may, events, isClosed } = this.#options;
    assertSpace(this.#data, limits.maxDataProducersPerPeer);
    const media = this.#options.media();
    const dataProducer = await media.produceData({ id, reliability, streamId });
    if (!may('data')) dataProducer.close();
    if (dataProducer.closed) throw new AppError('forbidden', 'the role has changed');
    const { origin } = media;
    const publication: DataPublication = {
      kind: 'data',
      id,
      peerId,
      userId,
      reliability,
      dataProducer,
      origin,
    };
    this.#data.set(id, publication);
    dataProducer.observer.once('close', () => {
      this.#data.delete(id);
      if (!isClosed()) events.emit(media.lost ? 'lost' : 'unpublished', publication);
    });
    this.#watch();
    events.emit('published', publication);
  }

  closeData(id: string): void {
    const publication = this.#data.get(id);
    if (!publication) throw new AppError('not_found', 'there is no such data producer');
    publication.dataProducer.close();
  }

  /** Closes what the role does not allow any more. */
  closeForbidden(): void {
    const { may } = this.#options;
    for (const { source, producer } of [...this.#media.values()]) {
      if (!may(GRANT_OF_SOURCE[source])) producer.close();
    }
    if (may('data')) return;
    for (const { dataProducer } of [...this.#data.values()]) dataProducer.close();
  }

  /** The member has closed. */
  stop(): void {
    this.#guard?.stop();
  }

  #watch(): void {
    const { limits, media, tell, onFlood } = this.#options;
    this.#guard ??= new IncomingGuard({
      maxBitrate: limits.maxIncomingBitrate,
      media,
      publications: () => this,
      pause: async (publication) => {
        if (publication.kind !== 'data') await this.#pause(publication);
      },
      close: closePublication,
      tell,
      onFlood,
    });
    this.#guard.start();
  }

  /** Returns whether the others knew it as not paused. */
  async #pause(publication: MediaPublication): Promise<boolean> {
    await publication.publisher.setPaused(publication.producer, true);
    if (this.#knownPaused.has(publication)) return false;
    this.#knownPaused.add(publication);
    this.#options.events.emit('paused', publication);
    return true;
  }

  /** Applies a change of role or a mute that came while the producer was made. */
  async #holdBack({ source, producer, publisher }: MediaPublication): Promise<void> {
    const { may, isMuted } = this.#options;
    if (isMuted(source) && !producer.paused) await publisher.setPaused(producer, true);
    if (may(GRANT_OF_SOURCE[source])) return;
    producer.close();
    throw new AppError('forbidden', 'the role has changed');
  }

  #assertNotMuted(source: Source): void {
    if (this.#options.isMuted(source)) throw new AppError('muted_by_host');
  }

  #ofSource(source: Source): MediaPublication[] {
    return [...this.#media.values()].filter((publication) => publication.source === source);
  }

  #get(id: string): MediaPublication {
    const publication = this.#media.get(id);
    if (!publication) throw new AppError('not_found', 'there is no such producer');
    return publication;
  }
}

function assertSpace(publications: ReadonlyMap<string, unknown>, limit: number): void {
  if (publications.size >= limit) {
    throw new AppError('limit_reached', `no more than ${limit} of these are allowed`);
  }
}
