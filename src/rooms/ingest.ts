import { randomUUID } from 'node:crypto';
import { AppError } from '../lib/errors.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Code } from '../protocol/codes.ts';
import type { OutgoingEvent } from '../protocol/frames.ts';
import { GRANT_OF_SOURCE, type Source } from '../protocol/grants.ts';
import type { RtpParameters } from '../protocol/media.ts';
import type { DtlsParameters, IceParameters, TransportOptions } from '../protocol/transports.ts';
import { BaseMember, type BaseMemberOptions, type MemberRoom } from './base-member.ts';
import type { Member, Snapshot } from './member.ts';
import { resumeAllowed } from './resume-allowed.ts';

/** How long an encoder may take to connect, in milliseconds: as long as it may be silent later. */
const CONNECT_TIMEOUT_MS = 30_000;

/** What an encoder sends. */
export interface IngestTrack {
  readonly source: Source;
  readonly rtpParameters: RtpParameters;
}

/** What an ingest needs of its room. */
export interface IngestRoom extends MemberRoom {
  admit(member: Member): Snapshot;
}

interface Options extends BaseMemberOptions {
  room: IngestRoom;
}

/**
 * The member of an encoder: it publishes, receives nothing, and cannot be told anything. What a host has muted for good is
 * sent again when the host allows it, as an encoder cannot ask for that.
 */
export class Ingest extends BaseMember {
  readonly receiver = undefined;
  readonly media: PeerMedia;
  readonly #room: IngestRoom;
  readonly #connecting: NodeJS.Timeout;

  private constructor(media: PeerMedia, options: Options) {
    super(options);
    this.media = media;
    this.#room = options.room;
    this.#connecting = setTimeout(() => this.close('connection_lost'), CONNECT_TIMEOUT_MS);
    media.once('closed', (code) => this.close(code));
    media.on('connected', () => clearTimeout(this.#connecting));
    media.on('disconnected', (_, code) => this.close(code));
  }

  /** Opens the transport of an encoder. Throws why the room has none. */
  static async open(options: Options): Promise<Ingest> {
    const media = await options.room.openMedia(['send']);
    if (media.closedWith) throw new AppError(media.closedWith);
    return new Ingest(media, options);
  }

  /** What the encoder needs to make its end of the transport. */
  get transport(): TransportOptions {
    return this.media.options('send');
  }

  /**
   * Joins the room and publishes.
   *
   * @throws AppError `forbidden` where a track needs a grant that the member does not have, `invalid_media`, and why the room
   * does not admit it; the member is of no use then
   */
  async join(dtlsParameters: DtlsParameters, tracks: readonly IngestTrack[]): Promise<void> {
    const { mutes } = this.#room;
    for (const { source } of tracks) {
      if (!this.may(GRANT_OF_SOURCE[source]))
        throw new AppError('forbidden', `the role does not allow ${source}`);
    }
    await this.closer.wait(this.media.connect({ send: dtlsParameters }));
    this.#room.admit(this);
    for (const { source, rtpParameters } of tracks) {
      const paused = mutes.has(this.identity.userId, source);
      await this.publications.produce({ id: randomUUID(), source, rtpParameters, paused });
    }
    this.closer.assertOpen();
  }

  /** New ICE credentials for the encoder; media goes on meanwhile. */
  async restartIce(): Promise<IceParameters> {
    return await this.closer.wait(this.media.restartIce('send'));
  }

  /** An encoder cannot be told anything, and cannot ask to resume a source that a host allows again. */
  tell(event: OutgoingEvent): void {
    resumeAllowed(event, this.id, this.publications);
  }

  protected override onClose(code: Code): void {
    clearTimeout(this.#connecting);
    this.media.close(code);
  }
}
