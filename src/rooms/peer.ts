import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { RtpCapabilities } from 'mediasoup/types';
import type { Identity } from '../auth/claims.ts';
import { Closer } from '../lib/closer.ts';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Code } from '../protocol/codes.ts';
import { type EncodedEvent, encodeEvent } from '../protocol/frames.ts';
import type { Grant, RoomUserType, Source } from '../protocol/grants.ts';
import type { Params, Result } from '../protocol/methods.ts';
import type { Metadata, PeerInfo } from '../protocol/model.ts';
import type { EventSink } from './event-sink.ts';
import {
  type Member,
  type MemberEvents,
  type MemberProducer,
  type PublishedData,
  producerInfo,
  type Snapshot,
} from './member.ts';
import type { Mutes } from './mutes.ts';
import { Publishing, type PublishingLimits } from './publishing.ts';
import { Reception } from './reception.ts';
import { RenewableMedia } from './renewable-media.ts';
import { Role, type RoleChange } from './role.ts';

export interface PeerLimits extends PublishingLimits {
  maxConsumersPerPeer: number;
}

export interface PeerOptions {
  identity: Identity;
  media: PeerMedia;
  /** What hosts of the room have muted. */
  mutes: Mutes;
  limits: PeerLimits;
  /** Where this peer's events go. */
  events: EventSink;
  logger: Logger;
}

/** Without a reception while the media is lost, until the client has taken the new one. */
type State =
  | { is: 'waiting' }
  | { is: 'joined'; rtpCapabilities: RtpCapabilities; reception: Reception | undefined }
  | { is: 'closed'; code: Code };

/** One session of one user in one room, with its media. It is a member of the room from its join on. */
export class Peer extends EventEmitter<MemberEvents> implements Member {
  readonly id = randomUUID();
  readonly publishing: Publishing;
  readonly #role: Role;
  readonly #mutes: Mutes;
  readonly #limits: PeerLimits;
  readonly #events: EventSink;
  readonly #logger: Logger;
  readonly #closer = new Closer();
  #state: State = { is: 'waiting' };
  readonly #media: RenewableMedia;
  #metadata: Metadata = {};
  #handRaisedAt: number | null = null;
  #reconnecting = false;

  constructor(options: PeerOptions) {
    super();
    this.#role = new Role(options.identity);
    this.#mutes = options.mutes;
    this.#limits = options.limits;
    this.#events = options.events;
    this.#logger = options.logger.child({ peer: this.id, user: this.identity.userId });
    this.#media = new RenewableMedia(options.media, {
      events: options.events,
      closer: this.#closer,
      onClosed: (code) => this.#mediaClosed(code),
    });
    this.publishing = new Publishing({
      peerId: this.id,
      limits: options.limits,
      media: () => this.media,
      may: (grant) => this.may(grant),
      isMuted: (source) => this.#mutes.has(this.identity.userId, source),
      events: this,
      tell: (event) => this.tell(event),
      closed: () => this.#closer.closed,
    });
  }

  get producers(): ReadonlyMap<string, MemberProducer> {
    return this.publishing.producers;
  }

  get dataProducers(): ReadonlyMap<string, PublishedData> {
    return this.publishing.dataProducers;
  }

  get media(): PeerMedia {
    return this.#media.current;
  }

  get joined(): boolean {
    return this.#state.is === 'joined';
  }

  get identity(): Identity {
    return this.#role.identity;
  }

  get claims(): Identity {
    return this.#role.claims;
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
      reconnecting: this.#reconnecting,
      mutedSources: this.#mutes.of(userId),
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
    return await this.#receive(snapshot, rtpCapabilities);
  }

  /** The media of the room was lost: tells the client of new transports, which it takes with `restoreMedia`. */
  renewMedia(open: () => Promise<PeerMedia>): void {
    this.#media.renew(open).catch((error) => this.close(toAppError(error).code));
  }

  /** Tells its client once more what it may do, and of media that it has not taken: it has missed what told so. */
  retell(): void {
    this.#tellGrants();
    this.#media.retell();
  }

  /**
   * Takes the new media after a `mediaReset`. What the client had sent before that for the old one was refused by then.
   * Throws `media_kept` if there is none, `media_lost` if it was lost once more.
   */
  async restoreMedia(
    { transportId, dtls }: Params<'restoreMedia'>,
    find: (peer: this) => Snapshot,
  ): Promise<Result<'restoreMedia'>> {
    if (this.#state.is !== 'joined') throw new AppError('not_joined');
    const media = this.#media.take(transportId);
    if (dtls) await this.#closer.wait(media.connect(dtls));
    return await this.#receive(find(this), this.#state.rtpCapabilities);
  }

  pauseSource(source: Source): Promise<void> {
    return this.publishing.pauseSource(source);
  }

  closeSource(source: Source): void {
    this.publishing.closeSource(source);
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

  setUserType(userType: RoomUserType): void {
    this.#changed(this.#role.give(userType));
  }

  /** Takes the claims of another token of the same user. What they no longer allow is closed. */
  renewClaims(claims: Identity): void {
    this.#changed(this.#role.renew(claims));
  }

  /** Whether its connection is lost and may come back. */
  setReconnecting(reconnecting: boolean): void {
    if (this.#reconnecting === reconnecting || this.#closer.closed) return;
    this.#reconnecting = reconnecting;
    this.emit('updated', { reconnecting });
  }

  /** All that it receives at this moment. */
  receives(): ReturnType<Reception['all']> {
    const reception = this.#state.is === 'joined' ? this.#state.reception : undefined;
    return reception?.all() ?? { consumers: [], dataConsumers: [] };
  }

  tell(event: EncodedEvent): void {
    this.#events.tell(event);
  }

  offer(producer: MemberProducer): void {
    if (this.#state.is === 'joined') this.#state.reception?.offer(producer);
  }

  async offerData(data: PublishedData): Promise<void> {
    if (this.#state.is === 'joined') await this.#state.reception?.offerData(data);
  }

  /** Its client has opened its end of these. Throws `not_found`, and `media_lost`. */
  confirmData(consumerIds: readonly string[]): void {
    const reception = this.#state.is === 'joined' ? this.#state.reception : undefined;
    if (!reception) throw new AppError('media_lost');
    reception.confirmData(consumerIds);
  }

  close(code: Code): void {
    if (!this.#closer.close(code)) return;
    this.#state = { is: 'closed', code };
    this.#media.close(code);
    this.emit('closed', code);
    this.removeAllListeners();
  }

  /** A peer that has joined outlives its media, and gets another one. */
  #mediaClosed(code: Code): void {
    if (code === 'media_lost' && this.#state.is === 'joined') this.#state.reception = undefined;
    else this.close(code);
  }

  /** Receives what there is; what comes after that comes as events. */
  async #receive(
    { room, peers, ...published }: Snapshot,
    rtpCapabilities: RtpCapabilities,
  ): Promise<Result<'join'>> {
    const reception = new Reception({
      media: this.media,
      rtpCapabilities,
      may: (grant) => this.may(grant),
      maxConsumers: this.#limits.maxConsumersPerPeer,
      events: this.#events,
      closer: this.#closer,
      logger: this.#logger,
    });
    this.#state = { is: 'joined', rtpCapabilities, reception };
    const seq = this.#events.lastSeq;
    const received = await reception.receive(published);
    this.#closer.assertOpen();
    return { seq, room, peers, ...received };
  }

  #changed({ before, after, gained }: RoleChange): void {
    this.publishing.closeForbidden();
    if (this.#state.is === 'joined') this.#state.reception?.closeForbidden();
    this.#tellGrants();
    if (before.name !== after.name || before.userType !== after.userType) {
      this.emit('updated', { name: after.name, userType: after.userType });
    }
    this.emit('granted', gained);
  }

  #tellGrants(): void {
    const { userType, grants } = this.identity;
    this.#events.tell(encodeEvent('grantsChanged', { userType, grants: [...grants] }));
  }
}
