/** How many facts of one minute become lines of the audit. */
import type { Fact } from '../lib/journal.ts';

/** Kinds of facts that anybody can cause, with or without a token. */
export const KINDS_OF_STRANGERS: ReadonlySet<string> = new Set([
  'token-refused',
  'limit-reached',
  'webhook-refused',
]);
/** Kinds of facts that everybody with a token can cause. */
const KINDS_OF_VISITORS: ReadonlySet<string> = new Set([
  'token-accepted',
  'credentials-read',
  'member-joined',
  'member-left',
  'published',
  'unpublished',
]);

/** Lines in a minute: of one kind, and of that kind the ones that one user or address causes. */
interface MinuteLimit {
  readonly perKind: number;
  readonly perSource: number;
}

const OF_STRANGERS: MinuteLimit = { perKind: 60, perSource: 20 };
const OF_VISITORS: MinuteLimit = { perKind: 6000, perSource: 60 };
const OF_OTHERS: MinuteLimit = { perKind: 6000, perSource: 6000 };
/** How many users and addresses are told apart. The facts of others count by their kind alone. */
const MAX_SOURCES = 10_000;

/** Facts of one kind that one user or address has caused. */
interface SourceCount {
  readonly fact: Fact;
  count: number;
}

/** Decides which facts of a minute are written, and counts the others. */
export class AuditMinute {
  readonly #kinds = new Map<string, { written: number; more: number }>();
  readonly #sources = new Map<string, SourceCount>();

  /** How many users and addresses are told apart, each for one kind of fact. */
  get sources(): number {
    return this.#sources.size;
  }

  /** Counts a fact. Returns whether it is to be written. */
  admit(fact: Fact): boolean {
    const { perKind, perSource } = limitOf(fact.kind);
    const counts = this.#kinds.get(fact.kind) ?? { written: 0, more: 0 };
    this.#kinds.set(fact.kind, counts);
    const admitted = this.#countSource(fact) <= perSource && counts.written < perKind;
    if (admitted) counts.written++;
    else counts.more++;
    return admitted;
  }

  /**
   * Begins the next minute. Returns a summary for each kind that had more facts than were written, which names the user
   * or address that has caused most of them.
   */
  next(): Fact[] {
    const summaries = [...this.#kinds].flatMap(([kind, { more }]) =>
      more > 0 ? [summaryOf(kind, more, this.#busiestSource(kind))] : [],
    );
    this.#kinds.clear();
    this.#sources.clear();
    return summaries;
  }

  /** Returns how many facts of this kind the same source has caused by now; 0 where that is not known. */
  #countSource(fact: Fact): number {
    const source = fact.user ?? fact.detail?.address;
    if (source === undefined) return 0;
    const key = `${fact.kind} ${source}`;
    const known = this.#sources.get(key);
    if (known) return ++known.count;
    if (this.#sources.size < MAX_SOURCES) this.#sources.set(key, { fact, count: 1 });
    return 1;
  }

  #busiestSource(kind: string): Fact | undefined {
    let busiest: SourceCount | undefined;
    for (const source of this.#sources.values()) {
      if (source.fact.kind === kind && source.count > (busiest?.count ?? 0)) busiest = source;
    }
    return busiest?.fact;
  }
}

function limitOf(kind: string): MinuteLimit {
  if (KINDS_OF_STRANGERS.has(kind)) return OF_STRANGERS;
  return KINDS_OF_VISITORS.has(kind) ? OF_VISITORS : OF_OTHERS;
}

function summaryOf(kind: string, more: number, busiest: Fact | undefined): Fact {
  const { user, detail: { address } = {} } = busiest ?? {};
  return {
    kind,
    ...(user !== undefined && { user }),
    detail: { more, ...(address !== undefined && { address }) },
  };
}
