import type { PeerQuality } from '../protocol/quality.ts';
import { type ConnectionSigns, type Judgement, judge } from './connection-quality.ts';

/** How often connections are looked at, in milliseconds. */
const INTERVAL_MS = 2000;

interface Known {
  /** What the others were told. */
  told: Judgement;
  /** What was found the last time: only what is found twice is told. */
  found: Judgement;
}

/** Looks at the connections of a room's members, and tells all who have become better or worse, in one go. */
export class QualityWatch {
  readonly #signs: () => ReadonlyMap<string, ConnectionSigns>;
  readonly #tell: (peers: PeerQuality[]) => void;
  readonly #known = new Map<string, Known>();
  #timer: NodeJS.Timeout | undefined;

  /** @param signs by the id of the peer, of all that are in the room */
  constructor(signs: () => ReadonlyMap<string, ConnectionSigns>, tell: (peers: PeerQuality[]) => void) {
    this.#signs = signs;
    this.#tell = tell;
  }

  /** Begins, if it has not already; it ends by itself when the room is empty. */
  start(): void {
    this.#timer ??= setInterval(() => this.#look(), INTERVAL_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#known.clear();
  }

  /** All that are not excellent, as they were told last. */
  all(): PeerQuality[] {
    return [...this.#known]
      .filter(([, { told }]) => told.quality !== 'excellent')
      .map(([peerId, { told }]) => ({ peerId, ...told }));
  }

  #look(): void {
    const signs = this.#signs();
    for (const peerId of [...this.#known.keys()]) if (!signs.has(peerId)) this.#known.delete(peerId);
    if (signs.size === 0) {
      this.close();
      return;
    }
    const changed = [...signs].flatMap(([peerId, of]) => (this.#note(peerId, judge(of)) ? [peerId] : []));
    if (changed.length === 0) return;
    const all = changed.flatMap((peerId) => {
      const told = this.#known.get(peerId)?.told;
      return told ? [{ peerId, ...told }] : [];
    });
    this.#tell(all);
  }

  /** Returns whether it is to be told. */
  #note(peerId: string, found: Judgement): boolean {
    const known = this.#known.get(peerId);
    if (!known) {
      this.#known.set(peerId, { told: { quality: 'excellent', limitedBy: null }, found });
      return false;
    }
    const isConfirmed = isSame(known.found, found);
    known.found = found;
    if (!isConfirmed || isSame(known.told, found)) return false;
    known.told = found;
    return true;
  }
}

function isSame(one: Judgement, other: Judgement): boolean {
  return one.quality === other.quality && one.limitedBy === other.limitedBy;
}
