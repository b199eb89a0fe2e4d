import type { Levels } from './allocation.ts';
import { totalOf } from './allocation.ts';
import type { Wish } from './attention.ts';
import { type Delivery, isSameDelivery, type Shortage } from './delivery.ts';
import { LinePlan } from './line-plan.ts';
import type { Line, Receiver } from './member.ts';
import type { MediaPublication, Publication } from './publication.ts';

/** So many microphones are expected to be loud at once; the others send next to nothing, with DTX. */
const LOUD_AT_ONCE = 3;
/** A line that carries this much more than all that is wished for is not short, and stays so until it carries less than that. */
const AMPLE = 1.2;

type OnInterest = (
  publication: MediaPublication,
  before: readonly number[],
  after: readonly number[],
) => void;

/** What was decided for one receiver, and what its line allows. */
export class ReceiverPlan {
  /** Whether a limit of numbers left something out. */
  isLimited = false;
  readonly #onInterest: OnInterest;
  readonly #deliveries = new Map<MediaPublication, Delivery>();
  #linePlan: LinePlan<MediaPublication> | undefined;
  #shortage: Shortage = 'bandwidth';
  /** What all that is wished for takes of the line, sound included; in bits per second. */
  #needed = 0;

  /** @param onInterest is called when the receiver needs other spatial layers of a publication than before */
  constructor(onInterest: OnInterest) {
    this.#onInterest = onInterest;
  }

  /** Why videos give way; undefined while the line carries everything. */
  get shortage(): Shortage | undefined {
    return this.isShort ? this.#shortage : undefined;
  }

  /** Whether the line carries less than is wished for. */
  get isShort(): boolean {
    return this.#linePlan !== undefined;
  }

  /** Whether what the line carries has to do with what is sent. */
  isAffectedBy(line: Line | undefined): boolean {
    return this.isShort || bitrateOf(line) < this.#needed;
  }

  /** Who gets how much of the line; undefined while it carries everything. */
  decide(
    wishes: readonly Wish[],
    { line }: Pick<Receiver, 'line'>,
    publications: readonly Publication[],
    now: number,
  ): { levels: Levels<MediaPublication>; shortage: Shortage } | undefined {
    const shown = wishes.filter(({ isHidden, key }) => !isHidden && !key.producer.paused);
    const best = new Map(shown.map(({ key, tiers }) => [key, tiers.length - 1]));
    const sound = soundOf(publications);
    this.#needed = AMPLE * totalOf(shown, best) + sound;
    const bitrate = bitrateOf(line);
    const isEnough = bitrate >= this.#needed || (!this.isShort && bitrate * AMPLE >= this.#needed);
    if (!line || isEnough) {
      this.#linePlan = undefined;
      return undefined;
    }
    this.#linePlan ??= new LinePlan();
    const levels = this.#linePlan.decide(shown, Math.max(bitrate - sound, 0), now);
    const isOwnLimit = (line.availableBitrate ?? Number.POSITIVE_INFINITY) > line.maxBitrate;
    this.#shortage = isOwnLimit ? 'limit' : 'bandwidth';
    return { levels, shortage: this.#shortage };
  }

  /** Keeps what was decided of a publication. Returns whether it is something else than before. */
  set(publication: MediaPublication, delivery: Delivery): boolean {
    const before = this.#deliveries.get(publication);
    if (before && isSameDelivery(before, delivery)) return false;
    this.#deliveries.set(publication, delivery);
    this.#onInterest(publication, before?.spatialLayers ?? [], delivery.spatialLayers);
    return true;
  }

  /** It is received no longer. */
  forget(publication: MediaPublication): void {
    const before = this.#deliveries.get(publication);
    if (!before) return;
    this.#deliveries.delete(publication);
    this.#onInterest(publication, before.spatialLayers, []);
  }

  clear(): void {
    for (const publication of [...this.#deliveries.keys()]) this.forget(publication);
  }
}

function bitrateOf(line: Line | undefined): number {
  if (!line) return Number.POSITIVE_INFINITY;
  return Math.min(line.availableBitrate ?? Number.POSITIVE_INFINITY, line.maxBitrate);
}

/** What sound takes of a line when people speak, in bits per second. It comes before all pictures. */
function soundOf(publications: readonly Publication[]): number {
  const bitrates = publications.flatMap((publication) =>
    publication.kind === 'audio' && !publication.producer.paused ? [publication.sound?.bitrate ?? 0] : [],
  );
  const loudest = bitrates.toSorted((one, other) => other - one).slice(0, LOUD_AT_ONCE);
  return loudest.reduce((sum, bitrate) => sum + bitrate, 0);
}
