import type {
  Consumer,
  DataProducer,
  PipeTransport,
  Producer,
  Router,
  TransportListenInfo,
} from 'mediasoup/types';
import type { Gate } from './gate.ts';
import { KEY_FRAME_REQUEST_INTERVAL_MS } from './key-frames.ts';
import type { Carried } from './origin.ts';

/** In bytes; the kernel grants what `net.core.rmem_max` and `wmem_max` allow. A burst of key frames must fit into it. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Two pipe transports, one on each of two routers, that carry producers from either router to the other. All layers of a video
 * are carried; key-frame requests and retransmissions go through. Both may be on the same router, where a gate stands between
 * a producer and its consumers.
 */
export class PipeLink {
  readonly #ends: readonly [PipeTransport, PipeTransport];
  readonly #routers: readonly [Router, Router];

  private constructor(routers: readonly [Router, Router], ends: readonly [PipeTransport, PipeTransport]) {
    this.#routers = routers;
    this.#ends = ends;
    const [first, second] = ends;
    first.observer.once('close', () => second.close());
    second.observer.once('close', () => first.close());
  }

  /** Rejects when one of the routers closes meanwhile; nothing is left then. */
  static async open(a: Router, b: Router, listenInfo: TransportListenInfo): Promise<PipeLink> {
    const opening = await Promise.allSettled([openEnd(a, listenInfo), openEnd(b, listenInfo)]);
    const [first, second] = opening.map((end) => (end.status === 'fulfilled' ? end.value : undefined));
    try {
      for (const end of opening) if (end.status === 'rejected') throw end.reason;
      if (!first || !second) throw new Error('a pipe transport is missing');
      await Promise.all([connect(first, second), connect(second, first)]);
      if (first.closed || second.closed) throw new Error('a router has closed');
      return new PipeLink([a, b], [first, second]);
    } catch (error) {
      first?.close();
      second?.close();
      throw error;
    }
  }

  get closed(): boolean {
    return this.#ends[0].closed;
  }

  onClosed(listener: () => void): void {
    this.#ends[0].observer.once('close', listener);
  }

  /**
   * Makes a producer of one of the two routers available on the other.
   * @param gate holds the pipe, which carries no pauses then
   */
  async carry(producer: Producer | DataProducer, from: Router, gate?: Gate): Promise<Carried> {
    const [first, second] = this.#ends;
    const [near, far] = from === this.#routers[0] ? [first, second] : [second, first];
    if (!('kind' in producer)) return await carryData(producer, near, far);
    return await carryMedia(producer, { near, far, gate });
  }
}

/** Packets are neither encrypted nor authenticated: the transports are on the loopback interface. */
function openEnd(router: Router, listenInfo: TransportListenInfo): Promise<PipeTransport> {
  return router.createPipeTransport({
    listenInfo: { ...listenInfo, recvBufferSize: SOCKET_BUFFER_BYTES, sendBufferSize: SOCKET_BUFFER_BYTES },
    enableRtx: true,
    enableSctp: true,
  });
}

async function connect(end: PipeTransport, { tuple }: PipeTransport): Promise<void> {
  await end.connect({ ip: tuple.localAddress, port: tuple.localPort });
}

interface MediaPipe {
  near: PipeTransport;
  far: PipeTransport;
  gate: Gate | undefined;
}

async function carryMedia(producer: Producer, { near, far, gate }: MediaPipe): Promise<Carried> {
  const consumer = await near.consume({ producerId: producer.id });
  try {
    await gate?.hold(consumer);
    const { kind, rtpParameters, producerPaused } = consumer;
    const paused = !gate && producerPaused;
    const keyFrameRequestDelay = KEY_FRAME_REQUEST_INTERVAL_MS;
    const carried = await far.produce({ kind, rtpParameters, paused, keyFrameRequestDelay });
    closeTogether(consumer, carried);
    if (!gate) followPauses(consumer, carried);
    return carried;
  } catch (error) {
    consumer.close();
    throw error;
  }
}

/** The worker does not carry pauses. Some may have come while the carried producer was made. */
function followPauses(consumer: Consumer, carried: Producer): void {
  const setPaused = (paused: boolean) => (paused ? carried.pause() : carried.resume()).catch(ignoreClosed);
  consumer.on('producerpause', () => void setPaused(true));
  consumer.on('producerresume', () => void setPaused(false));
  if (consumer.producerPaused !== carried.paused) void setPaused(consumer.producerPaused);
}

async function carryData(producer: DataProducer, near: PipeTransport, far: PipeTransport): Promise<Carried> {
  const consumer = await near.consumeData({ dataProducerId: producer.id });
  try {
    const { sctpStreamParameters, label, protocol } = consumer;
    if (!sctpStreamParameters) throw new Error('a pipe transport has no SCTP');
    const carried = await far.produceData({ sctpStreamParameters, label, protocol });
    closeTogether(consumer, carried);
    return carried;
  } catch (error) {
    consumer.close();
    throw error;
  }
}

interface Closable {
  readonly closed: boolean;
  readonly observer: { once(event: 'close', listener: () => void): unknown };
  close(): void;
}

function closeTogether(consumer: Closable, carried: Closable): void {
  consumer.observer.once('close', () => carried.close());
  carried.observer.once('close', () => consumer.close());
  if (consumer.closed) carried.close();
}

/** A pause fails only when the producer has closed, and then nothing flows any more. */
function ignoreClosed(): void {}
