/** Producers that are carried from one router to another, on two real workers. */
import { once } from 'node:events';
import { createWorker } from 'mediasoup';
import type { DirectTransport, Producer, Router, Worker } from 'mediasoup/types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MEDIA_CODECS } from '../../../src/media/codecs.ts';
import { Gate } from '../../../src/media/gate.ts';
import { Imports } from '../../../src/media/imports.ts';
import { pipeListenInfo } from '../../../src/media/listen-infos.ts';
import type { Carried } from '../../../src/media/origin.ts';
import { PipeLinks } from '../../../src/media/pipe-links.ts';

interface Side {
  worker: Worker;
  router: Router;
  direct: DirectTransport;
  /** What was made on its transports. */
  producers: Map<string, Producer>;
}

const PAYLOAD_TYPE = 100;
const SSRC = 4711;
let near: Side;
let far: Side;
let links: PipeLinks;
let sequenceNumber = 0;

beforeEach(async () => {
  [near, far] = await Promise.all([openSide(), openSide()]);
  links = new PipeLinks(pipeListenInfo({ port: 40_000 }));
});
afterEach(() => {
  near.worker.close();
  far.worker.close();
});

async function openSide(): Promise<Side> {
  const worker = await createWorker({ logLevel: 'error' });
  const router = await worker.createRouter({ mediaCodecs: MEDIA_CODECS });
  const producers = new Map<string, Producer>();
  router.observer.on('newtransport', ({ observer }) =>
    observer.on('newproducer', (producer) => producers.set(producer.id, producer)),
  );
  return { worker, router, direct: await router.createDirectTransport(), producers };
}

function microphone(): Promise<Producer> {
  const codec = { mimeType: 'audio/opus', payloadType: PAYLOAD_TYPE, clockRate: 48_000, channels: 2 };
  const rtpParameters = { mid: '0', codecs: [codec], encodings: [{ ssrc: SSRC }], rtcp: { cname: 'test' } };
  return near.direct.produce({ kind: 'audio', rtpParameters });
}

/** Sends packets until one has arrived. */
async function arrives(producer: Producer, { id }: Carried): Promise<void> {
  const { router, direct } = far;
  const consumer = await direct.consume({ producerId: id, rtpCapabilities: router.rtpCapabilities });
  const arrived = once(consumer, 'rtp');
  const timer = setInterval(() => producer.send(packet()), 10);
  await arrived;
  clearInterval(timer);
  consumer.close();
}

function packet(): Buffer {
  const buffer = Buffer.alloc(20);
  buffer.writeUInt8(0x80, 0);
  buffer.writeUInt8(PAYLOAD_TYPE, 1);
  buffer.writeUInt16BE(++sequenceNumber, 2);
  buffer.writeUInt32BE(960 * sequenceNumber, 4);
  buffer.writeUInt32BE(SSRC, 8);
  return buffer;
}

describe('pipes', () => {
  test('packets arrive, in both directions over one pair of transports', async () => {
    const producer = await microphone();
    const carried = await links.carry(producer, near.router, far.router);
    await arrives(producer, carried);
    const back = await links.carry(farProducer(carried), far.router, near.router);
    expect(back.id).not.toBe(producer.id);
    const transports = await Promise.all([near.router.dump(), far.router.dump()]);
    expect(transports.map(({ transportIds }) => transportIds.length)).toEqual([2, 2]); // with the direct one
  });

  test('many at the same time share one pair of transports', async () => {
    const producer = await microphone();
    await Promise.all(Array.from({ length: 5 }, () => links.carry(producer, near.router, far.router)));
    expect((await far.router.dump()).transportIds).toHaveLength(2);
  });

  test('data arrives', async () => {
    const producer = await near.direct.produceData({ label: 'reliable' });
    const { id } = await links.carry(producer, near.router, far.router);
    const consumer = await far.direct.consumeData({ dataProducerId: id });
    expect(consumer.label).toBe('reliable');
    const arrived = once(consumer, 'message');
    const timer = setInterval(() => producer.send('hello'), 10);
    expect(String((await arrived)[0])).toBe('hello');
    clearInterval(timer);
  });

  test('a pause is carried, also one that comes while the pipe is made', async () => {
    const producer = await microphone();
    const carrying = links.carry(producer, near.router, far.router);
    await producer.pause();
    const carried = farProducer(await carrying);
    await expect.poll(() => carried.paused).toBe(true);
    await producer.resume();
    await expect.poll(() => carried.paused).toBe(false);
  });

  test('what is carried closes with its producer, and the producer stays without what is carried', async () => {
    const producer = await microphone();
    const first = farProducer(await links.carry(producer, near.router, far.router));
    const second = await links.carry(producer, near.router, far.router);
    second.close();
    expect([producer.closed, first.closed]).toEqual([false, false]);
    producer.close();
    await expect.poll(() => first.closed).toBe(true);
  });

  test('with a router its pipes close on both sides, and another router gets others', async () => {
    const producer = await microphone();
    const lost = farProducer(await links.carry(producer, near.router, far.router));
    far.worker.close();
    expect(lost.closed).toBe(true);
    await expect.poll(async () => (await near.router.dump()).transportIds).toHaveLength(1);
    far = await openSide();
    await arrives(producer, await links.carry(producer, near.router, far.router));
  });

  test('a pipe to a router that has closed fails and leaves nothing', async () => {
    const producer = await microphone();
    far.router.close();
    await expect(links.carry(producer, near.router, far.router)).rejects.toThrow();
    expect((await near.router.dump()).transportIds).toHaveLength(1);
  });
});

describe('a gate', () => {
  test('lets packets through while it is open, on the own router too, and nobody is told of a pause', async () => {
    const producer = await microphone();
    const gate = new Gate();
    const carried = await links.carry(producer, near.router, near.router, gate);
    expect(carried.id).not.toBe(producer.id);
    const { rtpCapabilities } = near.router;
    const consumer = await near.direct.consume({ producerId: carried.id, rtpCapabilities });
    let [arrived, pauses] = [0, 0];
    consumer.on('rtp', () => arrived++);
    consumer.on('producerpause', () => pauses++);
    const sendMany = async () => {
      arrived = 0;
      for (let n = 0; n < 20; n++) producer.send(packet());
      await producer.getStats(); // the worker has taken the packets
      await consumer.getStats();
    };
    await sendMany();
    expect(arrived).toBe(0);
    gate.set(true);
    await expect.poll(() => sendMany().then(() => arrived)).toBeGreaterThan(0);
    gate.set(false);
    await expect.poll(() => sendMany().then(() => arrived)).toBe(0);
    await producer.pause();
    await producer.resume();
    await sendMany();
    expect([arrived, pauses]).toEqual([0, 0]);
  });

  test('is as open for a router that comes later as for the others', async () => {
    const producer = await microphone();
    const gate = new Gate();
    await links.carry(producer, near.router, near.router, gate);
    gate.set(true);
    await arrives(producer, await links.carry(producer, near.router, far.router, gate));
  });

  test('does not fail when its producer has closed', async () => {
    const producer = await microphone();
    const gate = new Gate();
    const carried = await links.carry(producer, near.router, far.router, gate);
    producer.close();
    gate.set(true);
    await expect.poll(() => farProducer(carried).closed).toBe(true);
    gate.set(false);
  });
});

describe('imports', () => {
  test('a producer is carried once, from its first use to its last', async () => {
    const imports = new Imports();
    const producer = await microphone();
    const opened: Carried[] = [];
    const open = async () => {
      const carried = await links.carry(producer, near.router, far.router);
      opened.push(carried);
      return carried;
    };
    const uses = await Promise.all([imports.take(producer, open), imports.take(producer, open)]);
    expect(opened).toHaveLength(1);
    expect(uses.map(({ id }) => id)).toEqual([opened[0]?.id, opened[0]?.id]);
    uses[0]?.release();
    uses[0]?.release();
    expect(imports.size).toBe(1);
    uses[1]?.release();
    expect(imports.size).toBe(0);
    await expect.poll(async () => (await far.router.dump()).mapProducerIdConsumerIds).toEqual([]);
    await imports.take(producer, open);
    expect(opened).toHaveLength(2);
  });

  test('what failed is forgotten, and tried again', async () => {
    const imports = new Imports();
    const producer = await microphone();
    const failing = imports.take(producer, () => Promise.reject(new Error('no pipe')));
    await expect(failing).rejects.toThrow('no pipe');
    expect(imports.size).toBe(0);
    await imports.take(producer, () => links.carry(producer, near.router, far.router));
  });

  test('what arrives after its last use is closed', async () => {
    const imports = new Imports();
    const producer = await microphone();
    const { promise, resolve } = Promise.withResolvers<Carried>();
    const take = imports.take(producer, () => promise).then(({ release }) => release());
    const carried = farProducer(await links.carry(producer, near.router, far.router));
    resolve(carried);
    await take;
    await expect.poll(() => carried.closed).toBe(true);
  });
});

/** What is carried is a producer of the far router. */
function farProducer({ id }: Carried): Producer {
  const producer = far.producers.get(id);
  if (!producer) throw new Error('there is no such producer');
  return producer;
}
