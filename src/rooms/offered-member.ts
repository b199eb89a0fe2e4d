import { randomInt } from 'node:crypto';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { SerialQueue } from '../lib/serial-queue.ts';
import { ROUTER_CAPABILITIES } from '../media/codecs.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Code } from '../protocol/codes.ts';
import type { OutgoingEvent } from '../protocol/frames.ts';
import type { TransportOptions } from '../protocol/transports.ts';
import type { Answer } from '../sdp/server-answer.ts';
import type { ServerTransport } from '../sdp/writing.ts';
import { AnsweredTracks } from './answered-tracks.ts';
import { BaseMember, type BaseMemberOptions, type MemberRoom } from './base-member.ts';
import type { Costs } from './costs.ts';
import { MediaFailover } from './media-failover.ts';
import type { Member, Snapshot } from './member.ts';
import { OfferExchange } from './offer-exchange.ts';
import { OfferedSubscriptions } from './offered-subscriptions.ts';
import type { PublicationLimits } from './publications.ts';
import { resumeAllowed } from './resume-allowed.ts';
import type { RoleChange } from './role.ts';
import type { ReceivingLimits } from './subscriptions.ts';

/** How long a client that has answered may take to connect, in milliseconds. */
const CONNECT_TIMEOUT_MS = 15_000;
/**
 * The hash algorithms of fingerprints that all clients know (RFC 8122 section 5). A browser whose connection outlives its session
 * begins DTLS anew when it is offered another fingerprint, and a worker has one certificate: another algorithm makes the
 * other fingerprint.
 */
export const FINGERPRINT_ALGORITHMS = ['sha-256', 'sha-384', 'sha-512'] as const;
export type FingerprintAlgorithm = (typeof FINGERPRINT_ALGORITHMS)[number];
/** What other media costs, in units of `connect`: as much as `resetMedia`. */
const MEDIA_COST = 10;
/** RFC 8866 section 5.2 leaves the session id to the one who makes it. */
const MAX_SESSION_ID = 2 ** 47;

/** What a member that gets offers needs of its room. */
export interface OfferedRoom extends MemberRoom {
  admit(member: Member): Snapshot;
  /** Subscribes the member to all that it should receive; resolves when that is done. */
  subscribe(member: Member): Promise<void>;
}

/** What its session does for it. */
export interface OfferSink {
  sendOffer(sdp: string): void;
  tell(event: OutgoingEvent): void;
  /** Notes that the member has reached a limit, by the name of its variable. */
  noteLimit(limit: string): void;
}

interface Options extends Omit<BaseMemberOptions, 'noteLimit'> {
  room: OfferedRoom;
  limits: PublicationLimits & ReceivingLimits;
  client: OfferSink;
  costs: Costs;
  /** The hash algorithm of the fingerprint in the offers. */
  fingerprint: FingerprintAlgorithm;
  logger: Logger;
}

/**
 * The member of a client that this server makes offers to, as the Go server did: one transport for both directions, a section
 * for what the client sends of each kind, and one for each track that it gets.
 */
export class OfferedMember extends BaseMember {
  readonly #options: Options;
  readonly #media: MediaFailover;
  readonly #exchange: OfferExchange;
  readonly #tracks: AnsweredTracks;
  readonly #answers = new SerialQueue();
  #receiver: OfferedSubscriptions | undefined;
  /** The fingerprint that the media of this moment was connected with, as JSON. */
  #connectedWith: string | undefined;
  #connecting: NodeJS.Timeout | undefined;

  private constructor(media: PeerMedia, options: Options) {
    const { client, room } = options;
    super({ ...options, noteLimit: (limit) => client.noteLimit(limit) });
    this.#options = options;
    this.#exchange = new OfferExchange({
      rtpCapabilities: ROUTER_CAPABILITIES,
      sessionId: randomInt(MAX_SESSION_ID),
      transport: () => withFingerprint(this.media.options('send'), options.fingerprint),
      send: (sdp) => client.sendOffer(sdp),
    });
    this.#tracks = new AnsweredTracks({
      publications: this.publications,
      may: (grant) => this.may(grant),
      isMuted: (source) => room.mutes.has(this.identity.userId, source),
      charge: () => options.costs.take('produce', this.identity),
      noteLimit: (limit) => client.noteLimit(limit),
    });
    this.#media = this.#keepMedia(media);
    this.#watch(media);
  }

  /** Opens the transport of a member. Throws why the room has none. */
  static async open(options: Options): Promise<OfferedMember> {
    return new OfferedMember(await options.room.openMedia('bundled'), options);
  }

  get media(): PeerMedia {
    return this.#media.current;
  }

  get receiver(): OfferedSubscriptions | undefined {
    return this.#receiver;
  }

  /** Joins the room, and makes the first offer. Throws why the room does not admit it. */
  join(): void {
    this.#options.room.admit(this);
    this.#exchange.start();
  }

  /** Does what an answer of the client says. Throws `invalid_media`, `rate_limited`, and the code that the member closed with. */
  answer(sdp: string): Promise<void> {
    return this.#answers.run(() => this.#answer(sdp));
  }

  /** The client's socket is gone, and may come back: nothing is offered meanwhile. */
  detached(): void {
    if (this.closer.closed) return;
    this.#exchange.pause();
    this.profile.setReconnecting(true);
  }

  /** The client has come back: it gets an offer that restarts ICE, with the sections that it had. */
  async resumed(): Promise<void> {
    this.profile.setReconnecting(false);
    await this.#restartIce();
  }

  tell(event: OutgoingEvent): void {
    this.#options.client.tell(event);
    resumeAllowed(event, this.id, this.publications);
  }

  protected override onClose(code: Code): void {
    clearTimeout(this.#connecting);
    this.#exchange.close();
    this.#media.close(code);
  }

  protected override changeRole(change: RoleChange): void {
    super.changeRole(change);
    this.#receiver?.closeForbidden();
    this.#answers.run(() => this.#tracks.roleChanged()).catch((error) => this.#failed(error));
  }

  async #answer(sdp: string): Promise<void> {
    this.closer.assertOpen();
    const { answer, taken } = this.#exchange.read(sdp);
    const fingerprint = JSON.stringify(answer.dtlsParameters.fingerprints);
    if (this.#connectedWith !== undefined && this.#connectedWith !== fingerprint) {
      this.#replaceMedia();
      return;
    }
    const isFirst = this.#connectedWith === undefined;
    this.#connectedWith = fingerprint;
    if (isFirst) await this.#connect(answer);
    await this.#tracks.update(answer.publications);
    if (isFirst) await this.#receive(answer);
    else this.#receiver?.answered(taken);
  }

  async #connect({ dtlsParameters }: Answer): Promise<void> {
    this.#awaitConnection();
    await this.closer.wait(this.media.connect({ send: dtlsParameters }));
  }

  async #receive({ rtpCapabilities }: Answer): Promise<void> {
    const { room, limits, client, logger } = this.#options;
    this.#receiver = new OfferedSubscriptions({
      media: this.media,
      rtpCapabilities,
      exchange: this.#exchange,
      may: (grant) => this.may(grant),
      limits,
      closer: this.closer,
      noteLimit: (limit) => client.noteLimit(limit),
      logger,
    });
    await room.subscribe(this);
  }

  #keepMedia(media: PeerMedia): MediaFailover {
    return new MediaFailover(media, {
      open: () => this.#options.room.openMedia('bundled'),
      closer: this.closer,
      isRenewable: () => true,
      onLost: () => this.#forgetMedia(),
      onOpened: () => this.#takeMedia(),
      onClosed: (code) => this.close(code),
    });
  }

  /** The client has made another connection, which the transport cannot be connected to any more. */
  #replaceMedia(): void {
    this.#options.costs.take('connect', this.identity, MEDIA_COST);
    this.media.close('media_lost');
  }

  #forgetMedia(): void {
    clearTimeout(this.#connecting);
    this.#receiver = undefined;
    this.#connectedWith = undefined;
    this.#exchange.pause();
    this.#tracks.reset();
  }

  #takeMedia(): void {
    const { next } = this.#media;
    if (!next) return;
    this.#media.take(next.options('send').id);
    this.#watch(next);
    if (!this.isReconnecting) this.#exchange.start();
  }

  #watch(media: PeerMedia): void {
    media.on('connected', () => clearTimeout(this.#connecting));
    media.on('lineChanged', () => this.emit('lineChanged'));
    media.on('disconnected', (direction, code) => {
      const isLost = direction === 'send' && code === 'connection_lost';
      if (isLost && !this.isReconnecting) void this.#restartIce();
    });
  }

  #awaitConnection(): void {
    clearTimeout(this.#connecting);
    this.#connecting = setTimeout(() => this.close('connection_lost'), CONNECT_TIMEOUT_MS);
  }

  async #restartIce(): Promise<void> {
    const { media } = this;
    try {
      if (this.#connectedWith !== undefined) await media.restartIce('send');
      if (media === this.media && !media.lost) this.#exchange.start();
    } catch (error) {
      if (!(error instanceof AppError)) this.#failed(error); // otherwise it has closed meanwhile
    }
  }

  #failed(error: unknown): void {
    if (!this.closer.closed) this.#options.logger.error({ err: error }, 'a client could not be served');
  }
}

function withFingerprint(transport: TransportOptions, algorithm: FingerprintAlgorithm): ServerTransport {
  const { dtlsParameters } = transport;
  const fingerprints = dtlsParameters.fingerprints.filter(
    (fingerprint) => fingerprint.algorithm === algorithm,
  );
  return { ...transport, dtlsParameters: { ...dtlsParameters, fingerprints } };
}
