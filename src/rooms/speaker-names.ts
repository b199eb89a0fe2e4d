import type { Producer } from 'mediasoup/types';
import type { Speakers } from '../media/speakers.ts';
import type { EventData } from '../protocol/events.ts';

type Description = EventData<'speakersChanged'>;

/** A level that has changed by less than this, in dB, is not told: voices go up and down all the time. */
const NOTICEABLE_DB = 3;
/** All the same, it is told once in this time while somebody speaks, for those who have just come; in milliseconds. */
const REPEAT_MS = 2000;

/** Which member each observed microphone belongs to, and what the members were told of who speaks. */
export class SpeakerNames {
  readonly #peerIds = new WeakMap<Producer, string>();
  #told: Description = { active: null, levels: [] };
  #toldAt = -Infinity;

  add(microphone: Producer, peerId: string): void {
    this.#peerIds.set(microphone, peerId);
  }

  /**
   * Whether this is something else than what was told last: telling everybody is the largest part of what sound costs the
   * signalling. Remembers it as told, if it is.
   */
  isNews(description: Description, now = performance.now()): boolean {
    const isRepeated = description.levels.length > 0 && now - this.#toldAt >= REPEAT_MS;
    if (!isRepeated && isAlike(description, this.#told)) return false;
    this.#told = description;
    this.#toldAt = now;
    return true;
  }

  /** Who speaks, as clients are told. */
  describe({ active, levels }: Speakers): Description {
    return {
      active: (active && this.#peerIds.get(active)) ?? null,
      levels: levels.flatMap(({ producer, level }) => {
        const peerId = this.#peerIds.get(producer);
        return peerId ? [{ peerId, level }] : [];
      }),
    };
  }
}

function isAlike(one: Description, other: Description): boolean {
  if (one.active !== other.active || one.levels.length !== other.levels.length) return false;
  const before = new Map(other.levels.map(({ peerId, level }) => [peerId, level]));
  return one.levels.every(({ peerId, level }) => {
    const known = before.get(peerId);
    return known !== undefined && Math.abs(level - known) < NOTICEABLE_DB;
  });
}
