import type { Speakers } from '../media/speakers.ts';
import { HINT_MS, Loudest, MAX_HINTED } from './loudest.ts';
import type { MediaPublication } from './publication.ts';

export interface AudioLimits {
  /** In rooms with more microphones than this only the loudest are forwarded. */
  audioGateAbove: number;
  maxForwardedMics: number;
  /** How many of those who spoke last each listener is ready to receive. */
  maxRecentSpeakers: number;
  /** Whether those who may moderate are always forwarded. */
  hostsAlwaysForwarded: boolean;
}

interface Options {
  limits: AudioLimits;
  /** Who publishes a microphone may moderate. */
  isHost: (publication: MediaPublication) => boolean;
  /** A microphone has got a gate: what of it is received already comes another way. `onOffered` follows. */
  onGated: (publication: MediaPublication) => void;
  /** Others are ready to be received than before. */
  onOffered: () => void;
  /** Other peers are heard than before; null for all. */
  onAudible: (peerIds: string[] | null) => void;
}

/** The least time between two changes that are told, in milliseconds. */
const TELL_INTERVAL_MS = 200;
/** A room becomes a small one again when it has so much less than the limit, so that it does not swing. */
const SMALL_AGAIN = 0.5;

/**
 * The microphones of one room. In a large room only the loudest are forwarded: each has a gate, and a change of speakers opens
 * one and closes another. Listeners are ready to receive those who spoke last, and only them.
 */
export class Microphones {
  readonly #options: Options;
  readonly #loudest: Loudest<MediaPublication>;
  /** In the order in which they were published. */
  readonly #all = new Map<unknown, MediaPublication>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isGating = false;
  #offered: ReadonlySet<MediaPublication> = new Set();
  #open: ReadonlySet<MediaPublication> = new Set();
  #told = 'null';
  #toldAt = -Infinity;
  #telling: NodeJS.Timeout | undefined;

  constructor(options: Options) {
    const { maxForwardedMics: maxForwarded, maxRecentSpeakers } = options.limits;
    // Whoever is forwarded has to be received.
    const maxRecent = Math.max(maxRecentSpeakers, maxForwarded + MAX_HINTED);
    this.#options = options;
    this.#loudest = new Loudest({ maxForwarded, maxRecent });
  }

  /** The peers that are heard at this moment; null where all are. */
  get audible(): string[] | null {
    return this.#isGating ? [...this.#open].map(({ peerId }) => peerId) : null;
  }

  /** Whether a listener should be ready to receive it. */
  isOffered(publication: MediaPublication): boolean {
    return !this.#isGating || !this.#all.has(publication.producer) || this.#offered.has(publication);
  }

  /** Adds a microphone until its producer closes. It has its gate before anybody receives it. */
  add(publication: MediaPublication): void {
    const { producer } = publication;
    this.#all.set(producer, publication);
    this.#loudest.add(publication, this.#isAlwaysOn(publication));
    producer.observer.once('close', () => {
      this.#all.delete(producer);
      this.#loudest.delete(publication);
      this.#decide();
    });
    this.#decide();
  }

  /** What the observers have heard in the last interval. */
  heard({ levels }: Speakers): void {
    const heard = levels.flatMap(({ producer, level }) => {
      const speaker = this.#all.get(producer);
      return speaker ? [{ speaker, level }] : [];
    });
    this.#loudest.heard(heard, performance.now());
    if (this.#isGating) this.#decide();
  }

  /** Its client says that its user begins to speak. */
  hint(publication: MediaPublication): void {
    if (!this.#isGating || !this.#loudest.hint(publication, performance.now())) return;
    this.#decide();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#decide();
    }, HINT_MS + 1);
    this.#timers.add(timer);
  }

  /** Somebody may moderate from now on, or no longer. */
  rolesChanged(): void {
    for (const publication of this.#all.values()) {
      this.#loudest.setAlwaysOn(publication, this.#isAlwaysOn(publication));
    }
    if (this.#isGating) this.#decide();
  }

  close(): void {
    clearTimeout(this.#telling);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#all.clear();
    this.#isGating = false;
  }

  #isAlwaysOn(publication: MediaPublication): boolean {
    return this.#options.limits.hostsAlwaysForwarded && this.#options.isHost(publication);
  }

  #decide(): void {
    const { audioGateAbove } = this.#options.limits;
    if (this.#all.size > audioGateAbove) this.#isGating = true;
    else if (this.#all.size <= SMALL_AGAIN * audioGateAbove) this.#isGating = false;
    const isGated = this.#isGating && this.#addGates();
    const now = performance.now();
    const all = [...this.#all.values()];
    this.#openGates(all, now);
    const offered = all.filter((publication) => !this.#isGating || this.#loudest.isRecent(publication));
    const isChanged = offered.length !== this.#offered.size || offered.some((one) => !this.#offered.has(one));
    this.#offered = new Set(offered);
    if (isChanged || isGated) this.#options.onOffered();
    this.#tellInTime();
  }

  /** Returns whether there was one without a gate. */
  #addGates(): boolean {
    const without = [...this.#all.values()].filter(({ origin, producer }) => !origin.hasGate(producer));
    for (const publication of without) {
      publication.origin.addGate(publication.producer);
      this.#options.onGated(publication);
    }
    return without.length > 0;
  }

  /** Without gating, gates that are there are open. */
  #openGates(all: readonly MediaPublication[], now: number): void {
    const open = all.filter((one) => !this.#isGating || this.#loudest.isForwarded(one, now));
    this.#open = new Set(open);
    for (const publication of all)
      publication.origin.setGate(publication.producer, this.#open.has(publication));
  }

  #tellInTime(): void {
    if (JSON.stringify(this.audible) === this.#told || this.#telling) return;
    const waitMs = Math.max(0, this.#toldAt + TELL_INTERVAL_MS - performance.now());
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      this.#tell();
    }, waitMs);
  }

  #tell(): void {
    const { audible } = this;
    const text = JSON.stringify(audible);
    if (text === this.#told) return;
    this.#told = text;
    this.#toldAt = performance.now();
    this.#options.onAudible(audible);
  }
}
