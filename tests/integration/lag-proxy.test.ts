import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LagProxy } from '../../scripts/bench/lag-proxy.ts';
import { freePort } from '../support/ports.ts';

const HOST = '127.0.0.1';
let echo: Server;
let udpEcho: ReturnType<typeof createSocket>;
let proxy: LagProxy;
let port: number;

beforeEach(async () => {
  port = await freePort();
  echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(port, HOST);
  await once(echo, 'listening');
  udpEcho = createSocket('udp4').on('message', (packet, from) =>
    udpEcho.send(packet, from.port, from.address),
  );
  udpEcho.bind(port, HOST);
  await once(udpEcho, 'listening');
  proxy = await LagProxy.open({
    listen: { host: HOST, port: 0 },
    target: { host: HOST, port },
    path: { delayMs: 50 },
  });
});
afterEach(async () => {
  await proxy.close();
  udpEcho.close();
  echo.close();
});

interface Outcome {
  /** Which came back, in which order. */
  order: number[];
  /** After how long the first of them did, in milliseconds. */
  firstMs: number;
}

/** Sends packets, and waits until `enough` of them have come back, or for so long. */
async function packets(count: number, { enough = count, ms = 20_000 } = {}): Promise<Outcome> {
  const socket = createSocket('udp4');
  const order: number[] = [];
  const start = performance.now();
  let firstMs = Number.POSITIVE_INFINITY;
  const came = Promise.withResolvers<void>();
  socket.on('message', (packet) => {
    firstMs = Math.min(firstMs, performance.now() - start);
    if (order.push(packet.readUInt16BE()) >= enough) came.resolve();
  });
  for (let n = 0; n < count; n++) {
    const packet = Buffer.alloc(100);
    packet.writeUInt16BE(n);
    socket.send(packet, proxy.port, HOST);
  }
  await Promise.race([came.promise, setTimeout(ms)]);
  socket.close();
  return { order, firstMs };
}

test('a packet takes a round trip, and all come in order', async () => {
  const { order, firstMs } = await packets(50);
  expect(order).toEqual(Array.from({ length: 50 }, (_, n) => n));
  expect(firstMs).toBeGreaterThanOrEqual(99);
});

test('packets are lost, overtake each other and wait for the link as the path says', async () => {
  proxy.path = { delayMs: 1, loss: 0.5 };
  const lossy = await packets(200, { enough: 91, ms: 500 });
  expect(lossy.order.length).toBeGreaterThan(20); // a quarter comes back: lost on either way
  expect(lossy.order.length).toBeLessThan(90);
  proxy.path = { delayMs: 1, jitterMs: 50, reorder: 1 };
  const jumbled = await packets(100);
  expect(jumbled.order).not.toEqual(jumbled.order.toSorted((a, b) => a - b));
  expect(new Set(jumbled.order).size).toBe(100);
  proxy.path = { delayMs: 0, bandwidth: 80_000 }; // 100 packets of 100 bytes: a second
  const before = performance.now();
  await packets(100);
  expect(performance.now() - before).toBeGreaterThan(900);
});

test('UDP is cut and mended', async () => {
  proxy.udpCut = true;
  expect((await packets(5, { ms: 200 })).order).toEqual([]);
  proxy.udpCut = false;
  expect((await packets(5)).order).toHaveLength(5);
});

test('a new TCP connection costs two round trips more, and later messages one', async () => {
  const socket = connect(proxy.port, HOST);
  const roundTrip = async () => {
    const start = performance.now();
    socket.write('x');
    await once(socket, 'data');
    return performance.now() - start;
  };
  expect(await roundTrip()).toBeGreaterThanOrEqual(299);
  const later = [await roundTrip(), await roundTrip(), await roundTrip()];
  expect(Math.min(...later)).toBeGreaterThanOrEqual(99);
  expect(Math.min(...later)).toBeLessThan(250);
  socket.end();
  await once(socket, 'close');
});

test('a stream keeps its order and its end, and is cut', async () => {
  proxy.path = { delayMs: 5, jitterMs: 20 };
  const socket = connect(proxy.port, HOST);
  let got = '';
  socket.on('data', (data) => {
    got += data;
  });
  const sent = Array.from({ length: 500 }, (_, n) => `${n};`);
  for (const piece of sent) socket.write(piece);
  socket.end();
  await once(socket, 'close');
  expect(got).toBe(sent.join(''));
  const cut = connect(proxy.port, HOST);
  await once(cut, 'connect');
  proxy.cutTcp();
  await once(
    cut.on('error', () => {}),
    'close',
  );
});
