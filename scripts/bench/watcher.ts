/** A simulated peer that watches, what arrives at it, and a line to it that can be made short. */
import type { DeliveryInfo } from '../../src/protocol/attention.ts';
import { events } from '../../src/protocol/events.ts';
import type { Generator, StreamCounts } from '../load/generator.ts';
import type { ExpectedStream, LoadPeer } from '../load/peer.ts';
import type { LagProxy } from './lag-proxy.ts';

/** The same generator, whose transports are connected by way of a proxy. */
export function through(generator: Generator, proxy: LagProxy, host: string): Generator {
  return new Proxy(generator, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (name === 'openTransport') {
        const openTransport: Generator['openTransport'] = ({ iceCandidates, ...remote }, ...rest) => {
          const far = iceCandidates.map((candidate) => ({ ...candidate, ip: host, port: proxy.port }));
          return target.openTransport({ ...remote, iceCandidates: far }, ...rest);
        };
        return openTransport;
      }
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** What arrived of one stream in some time. */
export interface Arrival {
  readonly kind: 'audio' | 'video';
  readonly packets: number;
  readonly lost: number;
  readonly bytes: number;
}

/** Counts what arrives of streams. */
export class Arrivals {
  readonly #generator: Generator;
  readonly #counts = new Map<number, StreamCounts>();

  constructor(generator: Generator) {
    this.#generator = generator;
    generator.on('stream', (told) => this.#counts.set(told.id, told));
  }

  /** What arrives of each stream in so many milliseconds. */
  async of(streams: readonly ExpectedStream[], ms: number): Promise<Arrival[]> {
    const before = await this.#read(streams);
    await new Promise((resolve) => setTimeout(resolve, ms));
    const after = await this.#read(streams);
    return streams.map(({ kind }, index) => {
      const growth = (key: 'packets' | 'lost' | 'bytes') =>
        (after[index]?.[key] ?? 0) - (before[index]?.[key] ?? 0);
      return { kind, packets: growth('packets'), lost: growth('lost'), bytes: growth('bytes') };
    });
  }

  async #read(streams: readonly ExpectedStream[]) {
    await this.#generator.streams();
    return streams.map(({ id }) => this.#counts.get(id));
  }
}

/** The share of lost packets of a kind, 0 to 1. */
export function lossOf(arrivals: readonly Arrival[], kind: Arrival['kind']): number {
  const of = arrivals.filter((each) => each.kind === kind);
  const sum = (key: 'packets' | 'lost') => of.reduce((total, each) => total + each[key], 0);
  return sum('lost') / Math.max(1, sum('packets') + sum('lost'));
}

/** What a peer is told of each consumer that is not sent in full, by its id, at each moment. */
export function followDeliveries({ client }: LoadPeer): Map<string, DeliveryInfo> {
  const deliveries = new Map<string, DeliveryInfo>();
  client.on('told', (name, frame) => {
    if (name !== 'deliveryChanged') return;
    for (const info of events.deliveryChanged.parse(JSON.parse(frame).data).consumers) {
      if (info.delivery === 'full') deliveries.delete(info.consumerId);
      else deliveries.set(info.consumerId, info);
    }
  });
  return deliveries;
}
