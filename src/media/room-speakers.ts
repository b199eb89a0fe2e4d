import { EventEmitter } from 'node:events';
import type { Speakers } from './speakers.ts';

/** What listens to the microphones of one router. */
type Observer = EventEmitter<{ changed: [Speakers] }>;

/** The least time between two changes that are told, in milliseconds: a room has no more than five a second (M8). */
const INTERVAL_MS = 200;
/** A speaker of another router becomes the active one when it is so much louder than the one who is, in dB. */
const LOUDER_DB = 10;
const MAX_LEVELS = 10;

/** Who speaks in a room, as one ranking of what the observers of its routers tell. */
export class RoomSpeakers extends EventEmitter<{ changed: [Speakers] }> {
  readonly #latest = new Map<Observer, Speakers>();
  #active: Speakers['active'];
  #toldAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  add(observer: Observer): void {
    this.#latest.set(observer, { active: undefined, levels: [] });
    observer.on('changed', (speakers) => {
      if (!this.#latest.has(observer)) return;
      this.#latest.set(observer, speakers);
      this.#tellInTime();
    });
  }

  /** Its router has closed. */
  remove(observer: Observer): void {
    this.#latest.delete(observer);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#latest.clear();
    this.removeAllListeners();
  }

  /** Each router has a clock of its own: what several tell within the interval becomes one event. */
  #tellInTime(): void {
    const waitMs = this.#toldAt + INTERVAL_MS - performance.now();
    if (waitMs <= 0) this.#tell();
    else this.#timer ??= setTimeout(() => this.#tell(), waitMs);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#toldAt = performance.now();
    const levels = [...this.#latest.values()]
      .flatMap((speakers) => speakers.levels)
      .filter(({ producer }) => !producer.closed)
      .toSorted((a, b) => b.level - a.level)
      .slice(0, MAX_LEVELS);
    this.#active = this.#choose(levels);
    this.emit('changed', { active: this.#active, levels });
  }

  /** Each observer knows who is dominant on its router. Among those, the active speaker gives way to one who is clearly louder. */
  #choose(levels: Speakers['levels']): Speakers['active'] {
    const dominant = [...this.#latest.values()]
      .map(({ active }) => active)
      .filter((active) => active && !active.closed);
    const [loudest] = levels.filter(({ producer }) => dominant.includes(producer));
    const now = this.#active && dominant.includes(this.#active) ? this.#active : undefined;
    if (!loudest) return now ?? dominant[0];
    const level = levels.find(({ producer }) => producer === now)?.level;
    return now && level !== undefined && level + LOUDER_DB > loudest.level ? now : loudest.producer;
  }
}
