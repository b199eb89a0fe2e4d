import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Identity } from '../auth/claims.ts';
import { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { Direction, PeerMedia } from '../media/peer-media.ts';
import type { Code } from '../protocol/codes.ts';
import type { OutgoingEvent } from '../protocol/frames.ts';
import { GRANT_OF_SOURCE, type Grant, type RoomUserType, type Source } from '../protocol/grants.ts';
import type { DtlsParameters, IceParameters, RtpParameters, TransportOptions } from '../protocol/media.ts';
import type { PeerInfo } from '../protocol/model.ts';
import type { Member, MemberEvents, Snapshot } from './member.ts';
import type { Mutes } from './mutes.ts';
import { Profile } from './profile.ts';
import { type PublicationLimits, Publications } from './publications.ts';

/** How long an encoder may take to connect, in milliseconds: as long as it may be silent later. */
const CONNECT_TIMEOUT_MS = 30_000;

/** What an encoder sends. */
export interface IngestTrack {
  readonly source: Source;
  readonly rtpParameters: RtpParameters;
}

/** What an ingest needs of its room. */
export interface IngestRoom {
  readonly mutes: Mutes;
  openMedia(directions: readonly Direction[]): Promise<PeerMedia>;
  admit(member: Member): Snapshot;
}

interface Options {
  identity: Identity;
  address: string;
  room: IngestRoom;
  limits: PublicationLimits;
}

/**
 * The member of an encoder: it publishes, receives nothing, and cannot be told anything. What a host has muted for good is
 * sent again when the host allows it, as an encoder cannot ask for that.
 */
export class Ingest extends EventEmitter<MemberEvents> implements Member {
  readonly id = randomUUID();
  readonly address: string;
  readonly profile: Profile;
  readonly publications: Publications;
  readonly receiver = undefined;
  readonly isReconnecting = false;
  readonly #options: Options;
  readonly #media: PeerMedia;
  readonly #closer = new Closer();
  readonly #connecting: NodeJS.Timeout;

  private constructor(media: PeerMedia, options: Options) {
    super();
    const { identity, room, limits } = options;
    const { userId } = identity;
    this.#options = options;
    this.#media = media;
    this.address = options.address;
    this.profile = new Profile({
      id: this.id,
      claims: identity,
      mutedSources: (user) => room.mutes.of(user),
      publications: () => this.publications,
      events: this,
    });
    this.publications = new Publications({
      peerId: this.id,
      userId,
      limits,
      media: () => media,
      may: (grant) => this.may(grant),
      isMuted: (source) => room.mutes.has(userId, source),
      events: this,
      isClosed: () => this.#closer.closed,
    });
    this.#connecting = setTimeout(() => this.close('connection_lost'), CONNECT_TIMEOUT_MS);
    this.#watch(media);
  }

  /** Opens the transport of an encoder. Throws why the room has none. */
  static async open(options: Options): Promise<Ingest> {
    const media = await options.room.openMedia(['send']);
    if (media.closedWith) throw new AppError(media.closedWith);
    return new Ingest(media, options);
  }

  get identity(): Identity {
    return this.profile.identity;
  }

  get claims(): Identity {
    return this.profile.claims;
  }

  /** What the encoder needs to make its end of the transport. */
  get transport(): TransportOptions {
    return this.#media.options('send');
  }

  /**
   * Joins the room and publishes.
   *
   * @throws AppError `forbidden` where a track needs a grant that the member does not have, `invalid_media`, and why the room
   * does not admit it; the member is of no use then
   */
  async join(dtlsParameters: DtlsParameters, tracks: readonly IngestTrack[]): Promise<void> {
    const { room } = this.#options;
    for (const { source } of tracks) {
      if (!this.may(GRANT_OF_SOURCE[source]))
        throw new AppError('forbidden', `the role does not allow ${source}`);
    }
    await this.#closer.wait(this.#media.connect({ send: dtlsParameters }));
    room.admit(this);
    for (const { source, rtpParameters } of tracks) {
      const paused = room.mutes.has(this.identity.userId, source);
      await this.publications.produce({ id: randomUUID(), source, rtpParameters, paused });
    }
  }

  /** New ICE credentials for the encoder; media goes on meanwhile. */
  async restartIce(): Promise<IceParameters> {
    return await this.#closer.wait(this.#media.restartIce('send'));
  }

  may(grant: Grant): boolean {
    return this.profile.may(grant);
  }

  info(): PeerInfo {
    return this.profile.info();
  }

  /** An encoder cannot be told anything. It cannot resume a source that a host allows again either, which is done here. */
  tell({ name, data }: OutgoingEvent): void {
    if (name !== 'sourceAllowed' || !('source' in data) || data.peerId !== this.id) return;
    for (const { id, source } of this.publications.media) if (source === data.source) void this.#resume(id);
  }

  pauseSource(source: Source): Promise<boolean> {
    return this.publications.pauseSource(source);
  }

  closeSource(source: Source): void {
    this.publications.closeSource(source);
  }

  setHandRaised(raised: boolean): void {
    this.profile.setHandRaised(raised);
  }

  setUserType(userType: RoomUserType): void {
    const change = this.profile.setUserType(userType);
    this.publications.closeForbidden();
    this.profile.announce(change);
  }

  close(code: Code): void {
    if (!this.#closer.close(code)) return;
    clearTimeout(this.#connecting);
    this.#media.close(code);
    this.emit('closed', code);
    this.removeAllListeners();
  }

  async #resume(id: string): Promise<void> {
    try {
      await this.publications.resume(id);
    } catch (error) {
      if (!(error instanceof AppError)) throw error; // it was closed or muted once more meanwhile
    }
  }

  #watch(media: PeerMedia): void {
    media.once('closed', (code) => this.close(code));
    media.on('connected', () => clearTimeout(this.#connecting));
    media.on('disconnected', (_, code) => this.close(code));
  }
}
