/** Whom a node refuses: nobody, new rooms, or new rooms and new members of open ones. */
export type Refusing = 'nobody' | 'rooms' | 'members';

/** How long the pressure must last before the node refuses new rooms, and how much longer before new members; in milliseconds. */
export const ROOMS_AFTER_MS = 5000;
export const MEMBERS_AFTER_MS = 10_000;
/** It has recovered when the pressure was below this for so long, in milliseconds. */
export const RECOVERED_PRESSURE = 0.8;
export const RECOVERED_AFTER_MS = 5000;

/**
 * Decides from the pressure of each moment whom to refuse. Pressure is a share of what the node can take: 1 is the limit.
 * It steps up one stage at a time, and down to none.
 */
export class Overload {
  #refusing: Refusing = 'nobody';
  /** Since when the pressure is at the limit, or below the one of recovery. */
  #highSince: number | undefined;
  #lowSince: number | undefined;

  get refusing(): Refusing {
    return this.#refusing;
  }

  /**
   * Takes the pressure of a moment; returns whether the stage has changed.
   * @param now in milliseconds, by a clock that only goes forward
   */
  note(pressure: number, now: number): boolean {
    const before = this.#refusing;
    this.#highSince = pressure >= 1 ? (this.#highSince ?? now) : undefined;
    this.#lowSince = pressure < RECOVERED_PRESSURE ? (this.#lowSince ?? now) : undefined;
    const highForMs = this.#highSince === undefined ? -1 : now - this.#highSince;
    const lowForMs = this.#lowSince === undefined ? -1 : now - this.#lowSince;
    if (lowForMs >= RECOVERED_AFTER_MS) this.#refusing = 'nobody';
    else if (before === 'nobody' && highForMs >= ROOMS_AFTER_MS) this.#refuse('rooms', now);
    else if (before === 'rooms' && highForMs >= MEMBERS_AFTER_MS) this.#refuse('members', now);
    return this.#refusing !== before;
  }

  /** The next stage counts from here. */
  #refuse(stage: Refusing, now: number): void {
    this.#refusing = stage;
    this.#highSince = now;
  }
}
