/** What this process counts and measures, for Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Fact } from './journal.ts';

/** One value, with the values of its labels. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric that is read when somebody asks for it. */
export interface Reading {
  readonly name: string;
  readonly help: string;
  /** A counter only grows, until the process ends. */
  readonly type: 'gauge' | 'counter';
  readonly labels?: readonly string[];
  read(): number | readonly Sample[];
}

/**
 * Seconds, from what a join takes on an idle machine to what nobody should wait for: narrow where the target is, 20 ms at
 * the median and 50 ms at the 99th percentile.
 */
const JOIN_BUCKETS = [
  0.002, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5,
];

const REQUEST_BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2.5];

/** Kinds of facts whose target is one of a few: a code, a source, or the name of a limit. */
const KINDS_WITH_TARGET: ReadonlySet<string> = new Set([
  'limit-reached',
  'token-refused',
  'room-closed',
  'member-left',
  'published',
  'unpublished',
]);

/** The metrics of one server. Labels have a bounded number of values: no names of rooms or users. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #join: Histogram;
  readonly #facts: Counter<'kind' | 'target'>;
  readonly #requests: Histogram<'method' | 'code'>;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#join = new Histogram({
      name: 'aq_join_server_seconds',
      help: 'The server’s part of a join: from the upgrade to the welcome, and from the join request to its answer',
      buckets: JOIN_BUCKETS,
      registers,
    });
    this.#facts = new Counter({
      name: 'aq_facts_total',
      help: 'The lines of the audit: tokens, rooms, members, publications, acts of hosts, limits',
      labelNames: ['kind', 'target'],
      registers,
    });
    this.#requests = new Histogram({
      name: 'aq_request_seconds',
      help: 'Requests of aq.v1, from their arrival to their answer, by method and by code ("ok" for a result)',
      labelNames: ['method', 'code'],
      buckets: REQUEST_BUCKETS,
      registers,
    });
  }

  /** Adds metrics that are read when somebody asks. */
  add(readings: readonly Reading[]): void {
    for (const reading of readings) this.#add(reading);
  }

  /** The media type of `text()`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** A peer has joined; the server took so many milliseconds of that. */
  joined(ms: number): void {
    this.#join.observe(ms / 1000);
  }

  /** A request was answered after so many milliseconds: with a result (`ok`), or with the code of an error. */
  answered(method: string, code: string, ms: number): void {
    this.#requests.observe({ method, code }, ms / 1000);
  }

  /** Counts a fact by its kind, and by its target where that is one of a few. */
  note({ kind, target = '' }: Fact): void {
    this.#facts.inc({ kind, target: KINDS_WITH_TARGET.has(kind) ? target : '' });
  }

  #add({ name, help, type, labels = [], read }: Reading): void {
    const options = { name, help, labelNames: [...labels], registers: [this.#registry] };
    const samples = (): readonly Sample[] => {
      const found = read();
      return typeof found === 'number' ? [{ value: found }] : found;
    };
    if (type === 'gauge') {
      const gauge: Gauge = new Gauge({
        ...options,
        collect: () => {
          gauge.reset();
          for (const { labels = {}, value } of samples()) gauge.set(labels, value);
        },
      });
    } else {
      const counter: Counter = new Counter({
        ...options,
        collect: () => {
          counter.reset();
          for (const { labels = {}, value } of samples()) counter.inc(labels, value);
        },
      });
    }
  }
}
