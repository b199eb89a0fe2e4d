/** All simulated peers: who joins which room and when, and who leaves. */
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './client.ts';
import type { StreamCounts } from './generator.ts';
import type { LoadOptions } from './options.ts';
import { type Environment, type ExpectedStream, type JoinTimes, LoadPeer, type Plan } from './peer.ts';

/** How long after the last packet was sent everything has arrived, in milliseconds. */
const DRAIN_MS = 500;

/** A stream with what was counted of it. */
export interface CountedStream extends ExpectedStream {
  readonly counts: StreamCounts;
  /** Whether it was there at the end: others may have been too short to carry anything. */
  readonly lasted: boolean;
}

export class Crowd {
  readonly joins: JoinTimes[] = [];
  /** Joins that failed, by what the server or the generator said. */
  readonly failures = new Map<string, number>();
  /** Peers whose connection ended although nobody had asked for it, by the reason. */
  readonly lost = new Map<string, number>();
  readonly #environment: Environment;
  readonly #options: LoadOptions;
  readonly #peers = new Set<LoadPeer>();
  readonly #expected = new Map<number, ExpectedStream>();
  readonly #counted = new Map<number, StreamCounts>();
  /** Streams of peers that have left before the end. */
  readonly #left = new Set<number>();
  readonly #churning = new Set<Promise<void>>();
  /** In the names of rooms and users, so that two loads of one server do not meet. */
  readonly #run = randomUUID().slice(0, 8);
  #users = 0;
  #ended = false;
  #churn: NodeJS.Timeout | undefined;

  constructor(environment: Omit<Environment, 'onStream'>, options: LoadOptions) {
    this.#environment = { ...environment, onStream: (stream) => void this.#expected.set(stream.id, stream) };
    this.#options = options;
    environment.generator.on('stream', (counts) => this.#count(counts));
  }

  get size(): number {
    return this.#peers.size;
  }

  /** The streams that were told of so far. */
  get streams(): CountedStream[] {
    return [...this.#counted].flatMap(([id, counts]) => {
      const expected = this.#expected.get(id);
      return expected ? [{ ...expected, counts, lasted: !this.#left.has(id) }] : [];
    });
  }

  /** Has all peers join, at the rate that was asked for; resolves when each has joined or failed. */
  async fill(): Promise<void> {
    const { rooms, peers, joinRate } = this.#options;
    const began = performance.now();
    const joins: Promise<void>[] = [];
    for (let index = 0; index < rooms * peers; index++) {
      const due = began + (1000 * index) / joinRate;
      if (due > performance.now()) await sleep(due - performance.now());
      joins.push(this.#join(this.#plan(index % rooms, Math.floor(index / rooms))));
    }
    await Promise.all(joins);
  }

  /** From now on peers leave, and others take their places. */
  startChurn(): void {
    const { churn } = this.#options;
    if (churn === 0) return;
    this.#churn = setInterval(() => {
      const change = this.#replaceOne().finally(() => this.#churning.delete(change));
      this.#churning.add(change);
    }, 1000 / churn);
  }

  /** Resolves when all who were to join have joined. */
  async stopChurn(): Promise<void> {
    clearInterval(this.#churn);
    await Promise.all(this.#churning);
  }

  /** Sends no more, waits for what is on its way, and has all streams told. */
  async finish(): Promise<void> {
    const { generator } = this.#environment;
    for (const peer of this.#peers) for (const sender of peer.senders) generator.stop(sender);
    await sleep(DRAIN_MS);
    this.#ended = true;
    await generator.streams();
  }

  async leave(): Promise<void> {
    await Promise.all([...this.#peers].map((peer) => peer.leave()));
    this.#peers.clear();
  }

  #count(counts: StreamCounts): void {
    this.#counted.set(counts.id, counts);
    if (!this.#ended) this.#left.add(counts.id);
  }

  /** @param place of the peer in its room: the first ones publish, and the first of those are loud */
  #plan(room: number, place: number): Plan {
    const { publish, publishers, receive, simulcast, bitrate, speaking, dtx } = this.#options;
    return {
      room: `load-${this.#run}-${room}`,
      userId: `load-${this.#run}-${++this.#users}`,
      publish: place < publishers ? publish : [],
      receive,
      simulcast,
      bitrate,
      speaking: place < speaking,
      dtx,
    };
  }

  async #join(plan: Plan): Promise<void> {
    try {
      const peer = await LoadPeer.join(this.#environment, plan);
      this.#peers.add(peer);
      this.joins.push(peer.times);
      peer.onClosed((code, reason) => {
        this.#peers.delete(peer);
        count(this.lost, reason || String(code));
      });
    } catch (error) {
      count(this.failures, error instanceof Refusal ? error.code : String(error));
    }
  }

  async #replaceOne(): Promise<void> {
    const peer = [...this.#peers][randomInt(Math.max(1, this.#peers.size))];
    if (!peer) return;
    this.#peers.delete(peer);
    await peer.leave();
    await this.#join({ ...peer.plan, userId: `load-${this.#run}-${++this.#users}` });
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
