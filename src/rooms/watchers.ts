import type { Grant } from '../protocol/grants.ts';
import type { Member } from './member.ts';

/** What needs a transport to send on. */
const SENDING_GRANTS: readonly Grant[] = ['publish:mic', 'publish:camera', 'publish:screen', 'data'];

/** Whether somebody with these grants can publish nothing, neither media nor data. */
export function onlyWatches(grants: ReadonlySet<Grant>): boolean {
  return !SENDING_GRANTS.some((grant) => grants.has(grant));
}

interface Options {
  /** In rooms with more members than this, those who only watch are not listed. */
  maxListed: number;
  /** Tells how many are not listed. */
  onCounted: (count: number) => void;
}

/** The least time between two counts that are told, in milliseconds. */
const TELL_INTERVAL_MS = 1000;

/** The members of a large room who only watch: the others are told how many they are, and not who. */
export class Watchers {
  readonly #options: Options;
  readonly #members = new Set<Member>();
  #toldAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  get count(): number {
    return this.#members.size;
  }

  has(member: Member): boolean {
    return this.#members.has(member);
  }

  /** A member joins, as one of so many. Returns whether it is counted only. */
  add(member: Member, size: number): boolean {
    if (size <= this.#options.maxListed || !onlyWatches(member.identity.grants)) return false;
    this.#members.add(member);
    this.#tellInTime();
    return true;
  }

  /** A member leaves, or is listed from now on. Returns whether it was counted only. */
  delete(member: Member): boolean {
    const was = this.#members.delete(member);
    if (was) this.#tellInTime();
    return was;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#members.clear();
  }

  #tellInTime(): void {
    const waitMs = Math.max(0, this.#toldAt + TELL_INTERVAL_MS - performance.now());
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#toldAt = performance.now();
      this.#options.onCounted(this.#members.size);
    }, waitMs);
  }
}
