/**
 * The media sections of the offers that this server makes: two to receive a client's video and audio, then those that it gets
 * tracks in. Sections keep their places for ever (RFC 9429 section 5.2.2); that of a track that has gone is offered
 * as inactive once, and is taken for another one of its kind when the client has answered that.
 *
 * Video and audio take turns, whatever is sent in them. So the sections of a session that this server has forgotten are the
 * first ones of any longer offer, and a connection that has outlived its session accepts one.
 */
import type { RtpCapabilities as RouterRtpCapabilities } from 'mediasoup/types';
import { invalidSdp } from './invalid-sdp.ts';
import { isToken, MAX_SECTIONS } from './raw-description.ts';
import {
  type OwnSection,
  type ServerTransport,
  type WrittenParameters,
  writeDescription,
} from './writing.ts';

/** A track that the client gets. */
export interface SentTrack {
  /** The parameters of its consumer, which was made with the section's `mid`. */
  readonly rtpParameters: WrittenParameters;
  /** The id of the media stream: the same for all tracks of one peer. A token. */
  readonly streamId: string;
  /** A token. */
  readonly trackId: string;
}

/** An offer. Its answer is read by what it says itself: more may have changed since. */
export interface Offer {
  readonly sdp: string;
  readonly sections: readonly Pick<OwnSection, 'mid' | 'kind' | 'direction'>[];
}

type Kind = 'audio' | 'video';

/**
 * - `reserved`: a consumer is being made for it; offered as inactive
 * - `live`: a track is sent in it
 * - `ended`: its track has gone, and an offer must say so
 * - `ending`: an offer that says so awaits its answer
 * - `free`: the client knows that nothing is sent in it
 */
type State =
  | { readonly is: 'reserved' | 'ended' | 'ending' | 'free' }
  | { readonly is: 'live'; readonly track: SentTrack };

interface SendingSection {
  readonly mid: string;
  readonly kind: Kind;
  state: State;
}

/** What the sections are, in turns. The video comes first, as it did with the Go server. */
const KINDS: readonly Kind[] = ['video', 'audio'];

export class OfferedSections {
  readonly #receiving: readonly OwnSection[];
  readonly #sending: SendingSection[] = [];
  readonly #sessionId: number;
  /** The parameters of the last track of each section: an inactive one keeps its codecs. */
  readonly #last = new Map<string, SentTrack>();
  #version = 0;
  /** How many sections an offer has at least. */
  #minimum = KINDS.length;
  /** Whether a track was filled in since the last offer. */
  #unoffered = false;

  /**
   * @param routerCapabilities what the room's router takes
   * @param sessionId a number for the `o=` line
   */
  constructor(routerCapabilities: RouterRtpCapabilities, sessionId: number) {
    this.#sessionId = sessionId;
    this.#receiving = KINDS.map((kind, index) => ({
      mid: String(index),
      kind,
      direction: 'recvonly',
      rtpParameters: receivingParameters(kind, routerCapabilities),
      extmapAllowMixed: true,
    }));
  }

  /** Whether the client does not know yet what is sent to it. */
  get changed(): boolean {
    return this.#sending.some(({ state }) => state.is === 'ended') || this.#unoffered;
  }

  /**
   * How many the next offer has. Those behind the last track are left out until they have one: a section that Pion 3 sees as
   * inactive first never plays anything.
   */
  get size(): number {
    const lastUsed = this.#sending.findLastIndex(
      ({ mid, state }) => state.is !== 'free' || this.#last.has(mid),
    );
    return Math.max(this.#minimum, this.#receiving.length + lastUsed + 1);
  }

  /**
   * Takes a section for a track of this kind, and returns its `mid`, to consume with; undefined while all are in use and there
   * can be no more.
   */
  reserve(kind: Kind): string | undefined {
    const free = this.#findFree(kind);
    // One of the next two is of this kind.
    if (!free) this.#add(this.#receiving.length + this.#sending.length + KINDS.length);
    const section = free ?? this.#findFree(kind);
    if (!section) return undefined;
    section.state = { is: 'reserved' };
    return section.mid;
  }

  /** Adds sections that nothing is sent in, until there are so many, or as many as there can be. */
  grow(size: number): void {
    this.#add(size);
    this.#minimum = Math.max(this.#minimum, Math.min(size, MAX_SECTIONS));
  }

  #add(size: number): void {
    const first = this.#receiving.length + this.#sending.length;
    for (let at = first; at < Math.min(size, MAX_SECTIONS); at++) {
      const kind = KINDS[at % KINDS.length] ?? 'video';
      this.#sending.push({ mid: String(at), kind, state: { is: 'free' } });
    }
  }

  /**
   * Puts a track into a reserved section.
   *
   * @throws AppError `invalid_media` when an id is no token; Error when the section is not reserved
   */
  fill(mid: string, track: SentTrack): void {
    const section = this.#reserved(mid);
    if (!isToken(track.streamId) || !isToken(track.trackId))
      throw invalidSdp('the id of a stream is no token');
    section.state = { is: 'live', track };
    this.#last.set(mid, track);
    this.#unoffered = true;
  }

  /** Gives a reserved section back when no consumer came of it. */
  release(mid: string): void {
    this.#reserved(mid).state = { is: 'free' };
  }

  /** Takes the track out of a section; unknown ones are ignored. */
  clear(mid: string): void {
    const section = this.#sending.find((candidate) => candidate.mid === mid);
    if (section?.state.is === 'live') section.state = { is: 'ended' };
  }

  /** Writes the next offer. Only one may await its answer (RFC 9429 section 3.2). */
  offer(transport: ServerTransport): Offer {
    const sections: OwnSection[] = [
      ...this.#receiving,
      ...this.#sending.map((section) => this.#write(section)),
    ].slice(0, this.size);
    // A section keeps its place from its first offer on.
    this.#minimum = sections.length;
    for (const section of this.#sending) {
      if (section.state.is === 'ended') section.state = { is: 'ending' };
    }
    this.#unoffered = false;
    this.#version++;
    return {
      sdp: writeDescription({
        sessionId: this.#sessionId,
        version: this.#version,
        setup: 'actpass',
        transport,
        sections,
      }),
      sections: sections.map(({ mid, kind, direction }) => ({ mid, kind, direction })),
    };
  }

  /** To be called when the client has answered the offer: what that took back can be used again. */
  answered(): void {
    for (const section of this.#sending) {
      if (section.state.is === 'ending') section.state = { is: 'free' };
    }
  }

  #findFree(kind: Kind): SendingSection | undefined {
    return this.#sending.find((section) => section.kind === kind && section.state.is === 'free');
  }

  #reserved(mid: string): SendingSection {
    const section = this.#sending.find((candidate) => candidate.mid === mid);
    if (section?.state.is !== 'reserved') throw new Error(`section ${mid} is not reserved`);
    return section;
  }

  #write({ mid, kind, state }: SendingSection): OwnSection {
    const isLive = state.is === 'live';
    const track = isLive ? state.track : this.#last.get(mid);
    const template = this.#receiving.find((section) => section.kind === kind);
    const { rtpParameters = template?.rtpParameters ?? { codecs: [] } } = track ?? {};
    const { codecs, headerExtensions = [] } = rtpParameters;
    return {
      mid,
      kind,
      direction: isLive ? 'sendonly' : 'inactive',
      rtpParameters: isLive ? rtpParameters : { codecs, headerExtensions },
      ...(isLive && { msid: { streamId: state.track.streamId, trackId: state.track.trackId } }),
      extmapAllowMixed: true,
    };
  }
}

/** Everything that the router takes, under its own payload types and ids. */
function receivingParameters(
  kind: Kind,
  { codecs = [], headerExtensions = [] }: RouterRtpCapabilities,
): WrittenParameters {
  return {
    codecs: codecs
      .filter((codec) => codec.kind === kind)
      .map(({ preferredPayloadType, ...codec }) => ({ ...codec, payloadType: preferredPayloadType })),
    headerExtensions: headerExtensions
      .filter(({ direction = 'sendrecv' }) => direction === 'sendrecv' || direction === 'recvonly')
      .filter((extension) => extension.kind === kind)
      .map(({ uri, preferredId }) => ({ uri, id: preferredId })),
  };
}
