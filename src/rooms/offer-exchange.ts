import type { RtpCapabilities } from 'mediasoup/types';
import { AppError } from '../lib/errors.ts';
import { type Offer, OfferedSections, type SentTrack } from '../sdp/offered-sections.ts';
import { type Answer, readAnswer } from '../sdp/server-answer.ts';
import type { ServerTransport } from '../sdp/writing.ts';

interface Options {
  /** What the routers of rooms can do. */
  rtpCapabilities: RtpCapabilities;
  /** A number for the `o=` line. */
  sessionId: number;
  /** The transport of this moment. */
  transport: () => ServerTransport;
  send: (sdp: string) => void;
}

/** How long a client may take for its first answer before it gets a longer offer, in milliseconds. */
export const SILENCE_MS = 3000;
/** How many times as many sections the longer offer has. */
const GROWTH = 4;

/**
 * The offers to one client, and its answers. One offer at a time awaits its answer, and what changes meanwhile is in the next
 * one (RFC 9429 section 3.2).
 *
 * The Go server's page keeps its connection when it comes back, even to a session that knows nothing of it. Such a connection
 * refuses offers with fewer sections than it has, and the page cannot say so. Until a client has answered, it therefore
 * gets longer and longer offers.
 */
export class OfferExchange {
  readonly #options: Options;
  readonly #sections: OfferedSections;
  /** The offers that an answer may come to, by their number of sections: only one of each can be told apart. */
  readonly #offers = new Map<number, Offer>();
  #state: 'paused' | 'idle' | 'awaiting' | 'closed' = 'paused';
  #isScheduled = false;
  #silence: NodeJS.Timeout | undefined;
  /** Resolved with the next answer, and at the end. */
  #answered = Promise.withResolvers<void>();

  constructor(options: Options) {
    this.#options = options;
    this.#sections = new OfferedSections(options.rtpCapabilities, options.sessionId);
  }

  /** Offers at once, whatever was offered before: the client, its socket or the transport is another one. */
  start(): void {
    if (this.#state === 'closed') return;
    this.#offers.clear();
    this.#offer();
    this.#silence ??= setTimeout(() => this.#offerMore(), SILENCE_MS);
  }

  /** There is no client for the moment. */
  pause(): void {
    if (this.#state === 'closed') return;
    this.#state = 'paused';
    this.#stopSilence();
  }

  close(): void {
    this.#state = 'closed';
    this.#stopSilence();
    this.#answered.resolve();
  }

  /**
   * Reads an answer. Returns what it says, and the sections, by their `mid`, in which the client takes what it is sent.
   *
   * @throws AppError `invalid_media`, also where there was no such offer
   */
  read(sdp: string): { answer: Answer; taken: ReadonlySet<string> } {
    const offer = this.#offers.get(sdp.match(/^m=/gm)?.length ?? 0);
    if (!offer) throw new AppError('invalid_media', 'the answer has other sections than the offer');
    const answer = readAnswer(sdp, this.#options.rtpCapabilities, offer);
    this.#sections.answered();
    this.#stopSilence();
    this.#answered.resolve();
    this.#answered = Promise.withResolvers();
    if (this.#state === 'awaiting') this.#state = 'idle';
    this.#schedule();
    const sent = offer.sections.filter(({ direction }) => direction === 'sendonly').map(({ mid }) => mid);
    return { answer, taken: new Set(sent.filter((mid) => !answer.refused.includes(mid))) };
  }

  /** Takes a section for a track, waits for one where all are in use, and returns its `mid`. */
  async reserve(kind: 'audio' | 'video'): Promise<string> {
    for (;;) {
      if (this.#state === 'closed') throw new AppError('left');
      const mid = this.#sections.reserve(kind);
      if (mid !== undefined) return mid;
      await this.#answered.promise;
    }
  }

  /** Sends a track in a section that was reserved for it. */
  fill(mid: string, track: SentTrack): void {
    this.#sections.fill(mid, track);
    this.#schedule();
  }

  /** Gives a reserved section back. */
  release(mid: string): void {
    this.#sections.release(mid);
  }

  /** Takes the track out of a section. */
  clear(mid: string): void {
    this.#sections.clear(mid);
    this.#schedule();
  }

  /** What changes in one tick is one offer. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#state === 'idle' && this.#sections.changed) this.#offer();
    });
  }

  #offer(): void {
    const { transport, send } = this.#options;
    const offer = this.#sections.offer(transport());
    this.#offers.set(offer.sections.length, offer);
    this.#state = 'awaiting';
    send(offer.sdp);
  }

  #offerMore(): void {
    this.#silence = undefined;
    const { size } = this.#sections;
    this.#sections.grow(GROWTH * size);
    if (this.#sections.size === size) return;
    this.#offer();
    this.#silence = setTimeout(() => this.#offerMore(), SILENCE_MS);
  }

  #stopSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
  }
}
