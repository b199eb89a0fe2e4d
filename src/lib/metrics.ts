/** What this process counts and measures, for Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Fact } from './journal.ts';

/** What is read at the moment in which somebody asks. */
export interface Readings {
  /** Sessions of rooms, joined or not, and those whose client may come back. */
  sessions: () => number;
  peers: () => number;
  rooms: () => number;
  workers: () => number;
  /** Sockets of the dialer's agents. */
  agents: () => number;
  /** Changes that are in force and could not be saved yet. */
  unsaved: () => number;
  /** Those for which there is no room among these. */
  lost: () => number;
}

/**
 * Seconds, from what a join takes on an idle machine to what nobody should wait for: narrow where the target is, 20 ms at
 * the median and 50 ms at the 99th percentile.
 */
const JOIN_BUCKETS = [
  0.002, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5,
];

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
  }

  /** Adds the gauges. Called once, when all that they read has been made. */
  observe(readings: Readings): void {
    this.#gauge('aq_sessions', 'Sessions of rooms, joined or not', readings.sessions);
    this.#gauge('aq_peers', 'Peers that have joined, in all rooms', readings.peers);
    this.#gauge('aq_rooms', 'Open rooms', readings.rooms);
    this.#gauge('aq_media_workers', 'Living media workers', readings.workers);
    this.#gauge(
      'aq_unsaved_changes',
      'Changes that are in force, and are saved as soon as the disk can be written',
      readings.unsaved,
    );
    this.#gauge(
      'aq_lost_changes',
      'Changes that are in force until the server ends, as too many others wait to be saved',
      readings.lost,
    );
    this.#gauge('aq_agents', 'Sockets that are told of calls', readings.agents);
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

  /** Counts a fact by its kind, and by its target where that is one of a few. */
  note({ kind, target = '' }: Fact): void {
    this.#facts.inc({ kind, target: KINDS_WITH_TARGET.has(kind) ? target : '' });
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }
}
