import type { PeerMedia } from '../media/peer-media.ts';
import { OutgoingEvent } from '../protocol/frames.ts';
import type { Publication } from './publication.ts';

interface Options {
  /** What the member may send, in bits per second; a client that sends twice as much is stopped. */
  maxBitrate: number;
  /** The media of this moment. */
  media: () => PeerMedia;
  publications: () => Iterable<Publication>;
  pause: (publication: Publication) => Promise<void>;
  close: (publication: Publication) => void;
  tell: (event: OutgoingEvent) => void;
  /** The client goes on sending although nothing of it is forwarded any more. */
  onFlood: () => void;
}

const INTERVAL_MS = 1000;
/** After so long without too much, what happened before is forgotten; in milliseconds. */
const FORGIVE_MS = 60_000;

/**
 * Watches how much a member sends, media and data: REMB is only advice, which a client may ignore. The first time that it
 * is too much the largest publication is paused, the next time closed, and then the member itself.
 */
export class IncomingGuard {
  readonly #options: Options;
  #timer: NodeJS.Timeout | undefined;
  #last: { media: PeerMedia; bytes: number; at: number } | undefined;
  /** The bytes of each publication when there was too much; undefined while there is not. */
  #baseline: Map<Publication, number> | undefined;
  readonly #paused = new Set<Publication>();
  #exceededAt = -Infinity;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Begins to watch, if it does not already; it ends by itself when nothing is published. */
  start(): void {
    this.#timer ??= setInterval(() => void this.#check().catch(() => {}), INTERVAL_MS).unref(); // fails when the media is gone
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#last = undefined;
    this.#baseline = undefined;
  }

  async #check(): Promise<void> {
    const now = performance.now();
    const publications = [...this.#options.publications()];
    const isForgiven = now - this.#exceededAt > FORGIVE_MS;
    if (isForgiven) this.#paused.clear();
    if (publications.length === 0 && isForgiven) {
      this.stop();
      return;
    }
    if (!(await this.#isExceeded(now))) {
      this.#baseline = undefined;
      return;
    }
    this.#exceededAt = now;
    if (publications.length === 0) this.#options.onFlood();
    else await this.#stopLargest(publications);
  }

  async #isExceeded(now: number): Promise<boolean> {
    const media = this.#options.media();
    const before = this.#last;
    const bytes = await media.receivedBytes();
    this.#last = { media, bytes, at: now };
    if (before?.media !== media) return false;
    const bitrate = (8000 * (bytes - before.bytes)) / (now - before.at);
    return bitrate > 2 * this.#options.maxBitrate;
  }

  async #stopLargest(publications: readonly Publication[]): Promise<void> {
    const { pause, close } = this.#options;
    const bytes = new Map<Publication, number>();
    for (const publication of publications) bytes.set(publication, await bytesOf(publication));
    const before = this.#baseline;
    this.#baseline = bytes;
    if (!before) return; // the next second shows which one it is
    const growth = (publication: Publication) =>
      (bytes.get(publication) ?? 0) - (before.get(publication) ?? 0);
    const [largest] = publications.toSorted((a, b) => growth(b) - growth(a));
    if (!largest) return;
    if (this.#paused.has(largest) || largest.kind === 'data') {
      this.#tell(largest, 'closed');
      close(largest);
    } else {
      this.#paused.add(largest);
      this.#tell(largest, 'paused');
      await pause(largest);
    }
  }

  /** The peer is told why, and then what a host would tell it: its client does the same about it. */
  #tell({ id, peerId, ...publication }: Publication, action: 'paused' | 'closed'): void {
    const { tell, maxBitrate } = this.#options;
    tell(new OutgoingEvent('incomingLimited', { producerId: id, action, maxBitrate }));
    if (publication.kind === 'data') return;
    const act = { peerId, source: publication.source, by: null };
    if (action === 'closed') tell(new OutgoingEvent('sourceStopped', act));
    else tell(new OutgoingEvent('sourceMuted', { ...act, mode: 'soft' }));
  }
}

/** What was received of it since it was published. */
async function bytesOf(publication: Publication): Promise<number> {
  if (publication.kind === 'data') {
    const [stats] = await publication.dataProducer.getStats();
    return stats?.bytesReceived ?? 0;
  }
  const streams = await publication.producer.getStats();
  return streams.reduce((sum, { byteCount }) => sum + byteCount, 0);
}
