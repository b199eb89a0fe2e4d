import type { RtpCapabilities } from 'mediasoup/types';
import type { Identity } from '../auth/claims.ts';
import { AppError } from '../lib/errors.ts';
import { Interner } from '../lib/interner.ts';
import type { Logger } from '../lib/logger.ts';
import type { Direction, PeerMedia } from '../media/peer-media.ts';
import type { Code } from '../protocol/codes.ts';
import { OutgoingEvent } from '../protocol/frames.ts';
import type { Metadata } from '../protocol/metadata.ts';
import type { Params, Result } from '../protocol/methods.ts';
import type { TransportOptions } from '../protocol/transports.ts';
import { BaseMember, type MemberRoom } from './base-member.ts';
import { Demand } from './demand.ts';
import type { EventSink } from './event-sink.ts';
import { MediaFailover } from './media-failover.ts';
import type { Member, Snapshot } from './member.ts';
import type { Publication } from './publication.ts';
import type { PublicationLimits } from './publications.ts';
import type { RoleChange } from './role.ts';
import { type Received, type ReceivingLimits, Subscriptions } from './subscriptions.ts';
import { onlyWatches } from './watchers.ts';

export interface PeerLimits extends PublicationLimits, ReceivingLimits {}

/** What a peer needs of its room. */
export interface PeerRoom extends MemberRoom {
  admit(member: Member): Snapshot;
  snapshot(member: Member): Snapshot;
  /** What other members publish at this moment. */
  publications(): Publication[];
  /** Subscribes the member to all that it should receive; resolves when that is done. */
  subscribe(member: Member): Promise<void>;
}

export interface PeerOptions {
  identity: Identity;
  address: string;
  room: PeerRoom;
  limits: PeerLimits;
  /** Where this peer's events go. */
  events: EventSink;
  logger: Logger;
}

/** Those of one browser are all alike, and take 20 KiB. */
const capabilities = new Interner<RtpCapabilities>(64);

/** Without subscriptions while the media is lost, until the client has taken the new one. */
type State =
  | { is: 'waiting' }
  | { is: 'joined'; rtpCapabilities: RtpCapabilities; subscriptions: Subscriptions | undefined }
  | { is: 'closed'; code: Code };

/** The member of a client that speaks `aq.v1`: one session of one user in one room, with its media. */
export class Peer extends BaseMember {
  readonly #options: PeerOptions;
  readonly #logger: Logger;
  readonly #media: MediaFailover;
  readonly #demand = new Demand();
  /** Media whose transport to send on was opened after the client was told of the other one. */
  readonly #addedSend = new WeakSet<PeerMedia>();
  #state: State = { is: 'waiting' };

  private constructor(media: PeerMedia, options: PeerOptions) {
    super({ ...options, noteLimit: (limit) => options.events.noteLimit(limit) });
    this.#options = options;
    this.#logger = options.logger.child({ peer: this.id, user: options.identity.userId });
    this.#media = this.#keepMedia(media);
  }

  /** Opens the transports of a peer. Throws why the room has none. */
  static async open(options: PeerOptions): Promise<Peer> {
    return new Peer(await options.room.openMedia(directionsFor(options.identity)), options);
  }

  get media(): PeerMedia {
    return this.#media.current;
  }

  get hasJoined(): boolean {
    return this.#state.is === 'joined';
  }

  get receiver(): Subscriptions | undefined {
    return this.#state.is === 'joined' ? this.#state.subscriptions : undefined;
  }

  /**
   * Joins the room. What the peer finds there is on its way when this returns; what comes later comes as events.
   * Throws `already_joined` and why the room does not admit it, after which it may try again.
   */
  async join({ rtpCapabilities, dtls, metadata, rules }: Params<'join'>): Promise<Result<'join'>> {
    const { room } = this.#options;
    if (this.#state.is !== 'waiting') throw new AppError('already_joined');
    if (dtls) await this.closer.wait(this.media.connect(dtls));
    if (metadata) this.profile.setMetadata(metadata);
    if (rules) this.#demand.update({ rules });
    const snapshot = room.admit(this);
    return await this.#receive(snapshot, capabilities.of(this.media.usable(rtpCapabilities)));
  }

  /**
   * Takes the new media after a `mediaReset`. What the client had sent before that for the old one was refused by then.
   * Throws `media_kept` if there is none, `media_lost` if it was lost once more.
   */
  async restoreMedia({ transportId, dtls }: Params<'restoreMedia'>): Promise<Result<'restoreMedia'>> {
    if (this.#state.is !== 'joined') throw new AppError('not_joined');
    const media = this.#media.take(transportId);
    if (dtls) await this.closer.wait(media.connect(dtls));
    if (this.#needsSend) void this.#openSend(); // its role has changed meanwhile
    return await this.#receive(this.#options.room.snapshot(this), this.#state.rtpCapabilities);
  }

  /** Closes the media, which the client cannot use any more, as if a worker had lost it: the client is offered other media. */
  resetMedia(): void {
    this.media.close('media_lost');
  }

  /** The room as it is at this moment, for a client that joined and missed what was answered. */
  roomNow(): Result<'join'> {
    const { room, events } = this.#options;
    const received: Received = this.receiver?.all() ?? { consumers: [], dataConsumers: [] };
    return { seq: events.lastSeq, ...room.snapshot(this), ...received };
  }

  /** Tells its client once more what it may do, and of media that it has not taken: it may have missed that. */
  retell(): void {
    this.#tellGrants();
    this.#tellNextMedia();
  }

  setMetadata(metadata: Metadata): void {
    this.profile.setMetadata(metadata);
  }

  /** What its client shows and wants to receive has changed. Throws `limit_reached`. */
  updateSubscriptions(demands: Params<'updateSubscriptions'>): void {
    this.#demand.update(demands);
    this.emit('demandChanged');
  }

  /** Sets the best layers of a consumer that are of use, whatever its client shows. Throws `not_found`, and `media_lost`. */
  setPreferredLayers({ id, spatialLayer, temporalLayer }: Params<'setPreferredLayers'>): void {
    if (!this.receiver) throw new AppError('media_lost');
    const layers = { spatialLayer, ...(temporalLayer !== undefined && { temporalLayer }) };
    this.#demand.cap(this.receiver.producerId(id), layers);
    this.emit('demandChanged');
  }

  /** Whether its connection is lost and may come back. */
  setReconnecting(isReconnecting: boolean): void {
    if (!this.closer.closed) this.profile.setReconnecting(isReconnecting);
  }

  tell(event: OutgoingEvent): void {
    this.#options.events.tell(event);
  }

  /** Its client has opened its end of these data channels. Throws `not_found`, and `media_lost`. */
  confirmData(consumerIds: readonly string[]): void {
    if (!this.receiver) throw new AppError('media_lost');
    this.receiver.confirmData(consumerIds);
  }

  protected override onClose(code: Code): void {
    this.#state = { is: 'closed', code };
    this.#media.close(code);
  }

  protected override changeRole(change: RoleChange): void {
    this.publications.closeForbidden();
    this.receiver?.closeForbidden();
    if (this.#needsSend) void this.#openSend();
    else this.#tellGrants();
    this.profile.announce(change);
  }

  /** Whether its client may send, and cannot yet. */
  get #needsSend(): boolean {
    return !onlyWatches(this.identity.grants) && !this.media.sends;
  }

  /** Opens the transport to send on, and tells the client of it together with what it may do. */
  async #openSend(): Promise<void> {
    const { media } = this;
    try {
      await media.openSend();
      this.#addedSend.add(media);
    } catch (error) {
      if (!media.closedWith) this.#logger.error({ err: error }, 'no transport to send on could be opened');
    }
    if (!this.closer.closed) this.#tellGrants();
  }

  #keepMedia(media: PeerMedia): MediaFailover {
    return new MediaFailover(media, {
      open: () => this.#options.room.openMedia(directionsFor(this.identity)),
      closer: this.closer,
      isRenewable: () => this.hasJoined,
      onLost: () => {
        if (this.#state.is === 'joined') this.#state.subscriptions = undefined;
      },
      onOpened: () => this.#tellNextMedia(),
      onClosed: (code) => this.close(code),
    });
  }

  /** Receives what there is; what comes after that comes as events. */
  async #receive(snapshot: Snapshot, rtpCapabilities: RtpCapabilities): Promise<Result<'join'>> {
    const { room, events, limits } = this.#options;
    const subscriptions = new Subscriptions({
      media: this.media,
      rtpCapabilities,
      may: (grant) => this.may(grant),
      limits,
      demand: this.#demand,
      events,
      closer: this.closer,
      logger: this.#logger,
    });
    this.#state = { is: 'joined', rtpCapabilities, subscriptions };
    this.media.on('lineChanged', () => this.emit('lineChanged'));
    const seq = events.lastSeq;
    const received = await subscriptions.answer(room.publications(), () => room.subscribe(this));
    this.closer.assertOpen();
    return { seq, ...snapshot, ...received };
  }

  #tellGrants(): void {
    const { userType, grants } = this.identity;
    const send = this.#addedSend.has(this.media) ? { send: this.media.options('send') } : {};
    this.tell(new OutgoingEvent('grantsChanged', { userType, grants: [...grants], ...send }));
  }

  #tellNextMedia(): void {
    const { next } = this.#media;
    if (!next) return;
    this.tell(new OutgoingEvent('mediaReset', transportsOf(next)));
  }
}

/** Who only watches has no transport to send on. */
function directionsFor({ grants }: Identity): readonly Direction[] {
  return onlyWatches(grants) ? ['recv'] : ['send', 'recv'];
}

/** What a client needs to make its ends of all transports. */
export function transportsOf(media: PeerMedia): { send?: TransportOptions; recv: TransportOptions } {
  return { ...(media.sends && { send: media.options('send') }), recv: media.options('recv') };
}
