import type { RtpCapabilities } from 'mediasoup/types';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { RouterPlan } from '../media/egress-routers.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Code } from '../protocol/codes.ts';
import type { OutgoingEvent } from '../protocol/frames.ts';
import type { DtlsParameters, IceParameters, TransportOptions } from '../protocol/transports.ts';
import { BaseMember, type BaseMemberOptions, type MemberRoom } from './base-member.ts';
import type { Member, Snapshot } from './member.ts';
import { choosePlayed, type Loudness, type PlayerFilter } from './player-choice.ts';
import { type PlayerSection, PlayerSubscriptions } from './player-subscriptions.ts';
import type { Publication } from './publication.ts';

/** How long a player may take to connect, in milliseconds: as long as it may be silent later. */
const CONNECT_TIMEOUT_MS = 30_000;

/** What a player needs of its room. */
export interface PlayerRoom extends MemberRoom {
  openPlayer(plan: RouterPlan): Promise<PeerMedia>;
  admit(member: Member): Snapshot;
  /** What other members publish at this moment. */
  publications(): Publication[];
  /** Subscribes the member to all that it should receive; resolves when that is done. */
  subscribe(member: Member): Promise<void>;
}

interface Options extends BaseMemberOptions {
  room: PlayerRoom;
  limits: BaseMemberOptions['limits'] & { maxOutgoingBitrate: number };
  /** The router that sends with the player's payload types. */
  plan: RouterPlan;
  rtpCapabilities: RtpCapabilities;
  sections: readonly PlayerSection[];
  filter: PlayerFilter;
  /** Whether it can be sent another stream in the place of one that goes on. */
  isSwitchable: boolean;
  logger: Logger;
}

/** The events after which something else may be worth playing. */
const CHANGES: ReadonlySet<string> = new Set([
  'speakersChanged',
  'producerOpened',
  'producerClosed',
  'producerPaused',
  'producerResumed',
  'peerLeft',
]);

/** The member of a player: it publishes nothing, and receives what is chosen for it in the sections of its offer. */
export class Player extends BaseMember {
  readonly media: PeerMedia;
  readonly #options: Options;
  readonly #receiver: PlayerSubscriptions;
  readonly #connecting: NodeJS.Timeout;
  #loudness: Loudness = { active: null, levels: [] };
  #chosen: ReadonlySet<Publication> = new Set();

  private constructor(media: PeerMedia, options: Options) {
    super(options);
    const { rtpCapabilities, sections, limits, logger } = options;
    this.media = media;
    this.#options = options;
    this.#receiver = new PlayerSubscriptions({
      media,
      rtpCapabilities,
      sections,
      isChosen: (publication) => this.#chosen.has(publication),
      may: (grant) => this.may(grant),
      maxOutgoingBitrate: limits.maxOutgoingBitrate,
      onLineChanged: () => this.emit('lineChanged'),
      closer: this.closer,
      logger,
    });
    this.#connecting = setTimeout(() => this.close('connection_lost'), CONNECT_TIMEOUT_MS);
    media.once('closed', (code) => this.close(code));
    media.on('connected', () => clearTimeout(this.#connecting));
    media.on('disconnected', (_, code) => this.close(code));
    media.on('lineChanged', () => this.emit('lineChanged'));
  }

  /** Opens the transport of a player. Throws why the room has none. */
  static async open(options: Options): Promise<Player> {
    const media = await options.room.openPlayer(options.plan);
    if (media.closedWith) throw new AppError(media.closedWith);
    return new Player(media, options);
  }

  get receiver(): PlayerSubscriptions {
    return this.#receiver;
  }

  /** What the player needs to make its end of the transport. */
  get transport(): TransportOptions {
    return this.media.options('recv');
  }

  /** Joins the room. What there is to play is on its way when this returns. Throws why the room does not admit it. */
  async join(dtlsParameters: DtlsParameters): Promise<void> {
    const { room } = this.#options;
    await this.closer.wait(this.media.connect({ recv: dtlsParameters }));
    room.admit(this);
    this.#choose();
    await this.closer.wait(room.subscribe(this));
  }

  /** New ICE credentials for the player; media goes on meanwhile. */
  async restartIce(): Promise<IceParameters> {
    return await this.closer.wait(this.media.restartIce('recv'));
  }

  /** A player cannot be told anything. What happens in the room decides what it plays. */
  tell({ name, data }: OutgoingEvent): void {
    if (!CHANGES.has(name)) return;
    if (name === 'speakersChanged' && 'levels' in data) this.#loudness = data;
    if (this.#choose()) this.emit('demandChanged');
  }

  protected override onClose(code: Code): void {
    clearTimeout(this.#connecting);
    this.#receiver.stop();
    this.media.close(code);
  }

  /** Returns whether something else is chosen than before. */
  #choose(): boolean {
    const { room, filter, sections, isSwitchable } = this.#options;
    const count = (kind: 'audio' | 'video') => sections.filter((section) => section.kind === kind).length;
    const receivable = room
      .publications()
      .filter((publication) => publication.kind !== 'data' && this.#receiver.canReceive(publication));
    const chosen = choosePlayed(receivable, {
      filter,
      loudness: this.#loudness,
      places: { audio: count('audio'), video: count('video') },
      playing: this.#chosen,
      isSwitchable,
    });
    const isSame =
      chosen.size === this.#chosen.size && [...chosen].every((publication) => this.#chosen.has(publication));
    this.#chosen = chosen;
    return !isSame;
  }
}
