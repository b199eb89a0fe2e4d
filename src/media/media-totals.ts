import type { Router, Transport, WebRtcTransport, Worker } from 'mediasoup/types';

/** What went wrong with RTP streams. */
export interface StreamTotals {
  packetsLost: number;
  /** Packets that were requested again (RFC 4585 section 6.2.1). */
  nacks: number;
  /** Key frames that were requested (RFC 4585 section 6.3.1). */
  plis: number;
}

/** Counters that are read and grow: how to read them, what they were last, and where their growth goes. */
interface Probe {
  read(): Promise<number[]>;
  last: readonly number[];
  add(growth: number[]): void;
}

/** A producer or a consumer. */
interface Stream {
  readonly kind: 'audio' | 'video';
  getStats(): Promise<Partial<Record<'packetsLost' | 'nackPacketCount' | 'pliCount', number>>[]>;
}

/** How many are read at a time: the others come in the next rounds. */
const PROBES_PER_ROUND = 1000;

/**
 * What all workers carry together, by mediasoup's observers: nothing else has to know of it. Pipes between workers are
 * left out.
 */
export class MediaTotals {
  readonly producers = { audio: 0, video: 0 };
  readonly consumers = { audio: 0, video: 0 };
  /** Of all that clients and the server send each other, media or not. */
  readonly bytes = { received: 0, sent: 0 };
  /** Of what clients send, and of what they are sent. */
  readonly received: StreamTotals = { packetsLost: 0, nacks: 0, plis: 0 };
  readonly sent: StreamTotals = { packetsLost: 0, nacks: 0, plis: 0 };
  /** Transports that lost their connection, by what failed. */
  readonly failures = { ice: 0, dtls: 0 };
  /** In the order in which they are due. */
  readonly #probes = new Set<Probe>();

  /** Counts what a worker carries from now on. */
  watch(worker: Worker): void {
    worker.observer.on('newrouter', (router) => this.#watchRouter(router));
  }

  /** Reads those whose turn it is. What something counted since its last turn is lost when it closes. */
  async sample(): Promise<void> {
    const due = [...this.#probes.values().take(PROBES_PER_ROUND)];
    await Promise.all(due.map((probe) => this.#read(probe)));
  }

  #watchRouter(router: Router): void {
    router.observer.on('newtransport', (transport) => {
      if (isWebRtc(transport)) this.#watchTransport(transport);
    });
  }

  #watchTransport(transport: WebRtcTransport): void {
    const probe = this.#follow({
      last: [0, 0],
      read: async () => {
        const stats = await transport.getStats();
        return [sum(stats, 'bytesReceived'), sum(stats, 'bytesSent')];
      },
      add: ([received = 0, sent = 0]) => {
        this.bytes.received += received;
        this.bytes.sent += sent;
      },
    });
    transport.observer.once('close', () => this.#probes.delete(probe));
    transport.observer.on('icestatechange', (state) => {
      if (state === 'disconnected') this.failures.ice++;
    });
    transport.observer.on('dtlsstatechange', (state) => {
      if (state === 'failed') this.failures.dtls++;
    });
    transport.observer.on('newproducer', (producer) => {
      producer.observer.once('close', this.#count(producer, this.producers, this.received));
    });
    transport.observer.on('newconsumer', (consumer) => {
      consumer.observer.once('close', this.#count(consumer, this.consumers, this.sent));
    });
  }

  /** Returns what ends it. */
  #count(stream: Stream, counts: { audio: number; video: number }, totals: StreamTotals): () => void {
    counts[stream.kind]++;
    const probe = this.#follow({
      last: [0, 0, 0],
      read: async () => {
        const stats = await stream.getStats();
        return [sum(stats, 'packetsLost'), sum(stats, 'nackPacketCount'), sum(stats, 'pliCount')];
      },
      add: ([packetsLost = 0, nacks = 0, plis = 0]) => {
        totals.packetsLost += packetsLost;
        totals.nacks += nacks;
        totals.plis += plis;
      },
    });
    return () => {
      counts[stream.kind]--;
      this.#probes.delete(probe);
    };
  }

  #follow(probe: Probe): Probe {
    this.#probes.add(probe);
    return probe;
  }

  async #read(probe: Probe): Promise<void> {
    if (!this.#probes.delete(probe)) return;
    this.#probes.add(probe);
    try {
      const now = await probe.read();
      // The worker corrects its count of lost packets when late ones arrive; a counter never falls.
      probe.add(now.map((value, index) => Math.max(0, value - (probe.last[index] ?? 0))));
      probe.last = now;
    } catch {
      this.#probes.delete(probe); // it closed meanwhile
    }
  }
}

function isWebRtc(transport: Transport): transport is WebRtcTransport {
  return transport.type === 'webrtc';
}

function sum<K extends string>(stats: readonly Partial<Record<K, number>>[], key: K): number {
  return stats.reduce((total, stat) => total + (stat[key] ?? 0), 0);
}
