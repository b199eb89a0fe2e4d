/** Peers without media in the rooms of a server: they join, ask and talk, and are timed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RtpCapabilities } from '../../src/protocol/media.ts';
import { Client } from '../load/client.ts';
import { receivable } from '../load/media-parameters.ts';
import type { ServerProcess } from './server-process.ts';

/** Requests and joins that are under way at the same time. */
const CONCURRENCY = 32;
/** Of the right form; no handshake is done with it. */
const FINGERPRINT = {
  algorithm: 'sha-256' as const,
  value: Array.from({ length: 32 }, () => 'AB').join(':'),
};
/** How long after the last message of a talk its events have arrived, in milliseconds. */
const DRAIN_MS = 500;

/** How many there were in which time, and how long each took, in milliseconds. */
export interface Timing {
  readonly perSecond: number;
  readonly ms: readonly number[];
}

export class SignalingCrowd {
  readonly #server: ServerProcess;
  readonly #router: RtpCapabilities;
  readonly #roomSize: number;
  readonly #clients: Client[] = [];

  constructor(server: ServerProcess, router: RtpCapabilities, roomSize: number) {
    this.#server = server;
    this.#router = router;
    this.#roomSize = roomSize;
  }

  /** Joins so many, as fast as the server lets them in. */
  join(count: number): Promise<Timing> {
    return timed(Array.from({ length: count }, (_, index) => () => this.#joinOne(index)));
  }

  /** Asks something that costs nothing but the asking, for so long. */
  async ask(milliseconds: number): Promise<Timing> {
    const end = performance.now() + milliseconds;
    const ms: number[] = [];
    const askOnAndOn = async (_: unknown, at: number) => {
      for (let next = at; performance.now() < end; next += CONCURRENCY) {
        const began = performance.now();
        await this.#clients[next % this.#clients.length]?.request('ping', {});
        ms.push(performance.now() - began);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, askOnAndOn));
    return { perSecond: ms.length / (milliseconds / 1000), ms };
  }

  /**
   * Has peers write to their rooms, so that so many events a second go out.
   * @returns how many arrived, and how long each took
   */
  async talk(eventsPerSecond: number, milliseconds: number): Promise<Timing> {
    const ms: number[] = [];
    const hear = (name: string, frame: string) => {
      const sentAt = name === 'chatReceived' ? /"text":"([\d.]+)"/.exec(frame)?.[1] : undefined;
      if (sentAt) ms.push(performance.now() - Number(sentAt));
    };
    for (const client of this.#clients) client.on('told', hear);
    const began = performance.now();
    const interval = 1000 / (eventsPerSecond / (this.#roomSize - 1));
    for (let sent = 0; performance.now() - began < milliseconds; sent++) {
      const due = began + sent * interval;
      if (due > performance.now()) await sleep(due - performance.now());
      // One of each room in turn, and another one the next time.
      const speaker = (sent * this.#roomSize + Math.floor(sent / this.#roomSize)) % this.#clients.length;
      void this.#clients[speaker]?.request('chat', { text: String(performance.now()) });
    }
    const seconds = (performance.now() - began) / 1000;
    await sleep(DRAIN_MS);
    for (const client of this.#clients) client.off('told', hear);
    return { perSecond: ms.length / seconds, ms };
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  async #joinOne(index: number): Promise<void> {
    const room = `room-${Math.floor(index / this.#roomSize)}`;
    const token = await this.#server.makeToken({ room, userId: `user-${index}`, userType: 'guest' });
    const client = Client.connect(this.#server.url, token);
    await client.welcome;
    await client.request('join', {
      rtpCapabilities: receivable(this.#router),
      dtls: {
        send: { role: 'server', fingerprints: [FINGERPRINT] },
        recv: { role: 'client', fingerprints: [FINGERPRINT] },
      },
    });
    this.#clients[index] = client;
  }
}

/** Does all of these, some at a time. */
async function timed(tasks: readonly (() => Promise<void>)[]): Promise<Timing> {
  const ms: number[] = [];
  const began = performance.now();
  const waiting = tasks.values();
  const work = async () => {
    for (const task of waiting) {
      const start = performance.now();
      await task();
      ms.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return { perSecond: tasks.length / ((performance.now() - began) / 1000), ms };
}
