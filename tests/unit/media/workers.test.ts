/** Placement, replacement and the end of workers, with real ones. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { observer } from 'mediasoup';
import type { Worker } from 'mediasoup/types';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { TimeSlices } from '../../../src/lib/time-slices.ts';
import { PipeLinks } from '../../../src/media/pipe-links.ts';
import { RoomMedia } from '../../../src/media/room-media.ts';
import { RoomRouter } from '../../../src/media/room-router.ts';
import { type WorkerLease, WorkerPool } from '../../../src/media/workers.ts';

const lines: Record<string, unknown>[] = [];
const logger = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
/** All workers that were started in this test. */
const started: Worker[] = [];
const note = (worker: Worker) => void started.push(worker);

beforeEach(() => {
  lines.length = 0;
  started.length = 0;
  observer.on('newworker', note);
});
afterEach(() => {
  observer.off('newworker', note);
});

async function openPool(count: number, port = 0): Promise<WorkerPool> {
  const pool = await WorkerPool.open({ count, listen: { listenAddress: '127.0.0.1', port }, logger });
  onTestFinished(() => pool.close());
  return pool;
}

async function leaseMany(pool: WorkerPool, count: number): Promise<WorkerLease[]> {
  return Promise.all(Array.from({ length: count }, () => pool.lease()));
}

/** How many leases each worker has, in rising order. */
function distribution(leases: readonly WorkerLease[]): number[] {
  const byWorker = Map.groupBy(leases, ({ worker }) => worker.pid);
  return [...byWorker.values()].map(({ length }) => length).sort((a, b) => a - b);
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

/** Kills workers the moment that they are started, the first of them and the next ones, while `kill` says so. */
function killNewWorkers(kill: () => boolean): void {
  const listener = (worker: Worker) => {
    if (kill()) process.kill(worker.pid, 'SIGKILL');
  };
  observer.on('newworker', listener);
  onTestFinished(() => void observer.off('newworker', listener));
}

/** Resolves when a worker has been started that lives. */
async function replaced(): Promise<void> {
  const count = () => lines.filter(({ msg }) => msg === 'media worker replaced').length;
  await expect.poll(count).toBe(1);
}

/** A UDP and TCP port that is free at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('placement', () => {
  test('leases that are asked for at the same time are spread evenly', async () => {
    const pool = await openPool(3);
    expect(distribution(await leaseMany(pool, 9))).toEqual([3, 3, 3]);
  });

  test('a lease that was released leaves room for the next one, and counts once', async () => {
    const pool = await openPool(2);
    const leases = await leaseMany(pool, 4);
    const [first] = leases;
    first?.release();
    first?.release();
    const next = await pool.lease();
    expect(next.worker.pid).toBe(first?.worker.pid);
    expect(distribution([...leases.slice(1), next])).toEqual([2, 2]);
  });

  test('a lease counts for the peers that are expected, and for those that come and go', async () => {
    const pool = await openPool(2);
    const large = await pool.lease(3);
    const others = await leaseMany(pool, 3);
    expect(new Set(others.map(({ worker }) => worker.pid))).not.toContain(large.worker.pid);
    large.peers = 0;
    expect((await pool.lease()).worker.pid).toBe(large.worker.pid);
  });

  test('the leases of a dead worker are spread over all that live, from the moment that it died', async () => {
    const pool = await openPool(3);
    const leases = await leaseMany(pool, 12);
    const lost = leases[0]?.worker;
    const renewed = leases.map(async (lease) => {
      await once(lease.worker, 'died');
      lease.release();
      return pool.lease();
    });
    for (const waiting of renewed) waiting.catch(() => {}); // those of the living end with the test
    process.kill(lost?.pid ?? 0, 'SIGKILL');
    const again = await Promise.all(renewed.filter((_, n) => leases[n]?.worker === lost));
    expect(distribution(again)).toEqual([2, 2]);
  });

  test('a room is counted from its lease to its end, with its peers', async () => {
    const pool = await openPool(2);
    const lease = await pool.lease();
    const media = await RoomMedia.open({
      workers: { lease: async () => lease, leaseSpare: () => undefined },
      pipes: { protocol: 'udp', ip: '127.0.0.1' },
      maxConsumersPerWorker: 100,
      slices: new TimeSlices(),
      maxIncomingBitrate: 1e6,
      maxOutgoingBitrate: 1e7,
    });
    const peers = await Promise.all([media.openPeer(), media.openPeer(), media.openPeer()]);
    expect(lease.peers).toBe(3);
    expect(distribution(await leaseMany(pool, 3))).toEqual([3]);
    peers[0]?.close('left');
    expect(lease.peers).toBe(2);
    media.close('left');
    expect((await pool.lease()).worker.pid).toBe(lease.worker.pid);
  });

  test('a room that cannot be opened takes no place', async () => {
    const pool = await openPool(2);
    const lease = await pool.lease();
    const opening = RoomRouter.open(lease, new PipeLinks({ protocol: 'udp', ip: '127.0.0.1' }));
    process.kill(lease.worker.pid, 'SIGKILL');
    await expect(opening).rejects.toMatchObject({ code: 'media_lost' });
    await replaced();
    expect(distribution(await leaseMany(pool, 4))).toEqual([2, 2]);
  });

  test('whoever asks while no worker lives waits for the next one', async () => {
    const pool = await openPool(1);
    const [pid = 0] = pool.pids();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => pool.pids()).toEqual([]);
    expect((await pool.lease()).worker.pid).not.toBe(pid);
  });
});

describe('replacement', () => {
  test.each([
    ['free ports', async () => 0],
    ['a fixed port', freePort],
  ])('one that dies while it starts is replaced once, on %s', async (_name, port) => {
    const pool = await openPool(1, await port());
    let kills = 1;
    killNewWorkers(() => kills-- > 0);
    process.kill(pool.pids()[0] ?? 0, 'SIGKILL');
    await replaced();
    expect(lines.map(({ msg }) => msg)).toEqual([
      'media worker died',
      'media worker could not be replaced, trying again',
      'media worker replaced',
    ]);
    expect(started).toHaveLength(3);
    const living = started.filter(({ pid }) => isRunning(pid)).map(({ pid }) => pid);
    expect(living).toEqual(pool.pids());
    expect((await pool.lease()).worker.pid).toBe(living[0]);
    await pool.close();
    expect(started.filter(({ pid }) => isRunning(pid))).toEqual([]);
    expect(started).toHaveLength(3);
  });

  test('a port that is taken meanwhile is tried again', async () => {
    const port = await freePort();
    const pool = await openPool(1, port);
    const socket = createSocket('udp4');
    process.kill(pool.pids()[0] ?? 0, 'SIGKILL');
    await expect.poll(() => pool.pids()).toEqual([]);
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    await expect.poll(() => lines.some(({ msg }) => String(msg).includes('trying again'))).toBe(true);
    socket.close();
    await expect.poll(() => pool.pids().length).toBe(1);
  });
});

describe('the end', () => {
  test('a second close waits for the first', async () => {
    const pool = await openPool(2);
    const pids = pool.pids();
    void pool.close();
    await pool.close();
    expect(pids.filter(isRunning)).toEqual([]);
    await expect(pool.lease()).rejects.toMatchObject({ code: 'server_closing' });
  });

  test('closing waits for a replacement that is just being started, and leaves no process', async () => {
    const pool = await openPool(1);
    const next = new Promise((resolve) => observer.once('newworker', resolve));
    process.kill(pool.pids()[0] ?? 0, 'SIGKILL');
    await next;
    await pool.close();
    expect(started).toHaveLength(2);
    expect(started.filter(({ pid }) => isRunning(pid))).toEqual([]);
    expect(lines.filter(({ msg }) => msg === 'media worker replaced')).toEqual([]);
  });

  test('whoever waits for a worker is told of the end', async () => {
    const pool = await openPool(1);
    process.kill(pool.pids()[0] ?? 0, 'SIGKILL');
    await expect.poll(() => pool.pids()).toEqual([]);
    const waiting = pool.lease();
    void pool.close();
    await expect(waiting).rejects.toMatchObject({ code: 'server_closing' });
  });

  test('a start that fails leaves no process and no timer', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    onTestFinished(() => void socket.close());
    const resources = process.getActiveResourcesInfo().sort();
    // The second of three has the port that is taken.
    await expect(openPool(3, socket.address().port - 1)).rejects.toThrow(/in use/);
    expect(started).toHaveLength(3);
    expect(started.filter(({ pid }) => isRunning(pid))).toEqual([]);
    await expect.poll(() => process.getActiveResourcesInfo().sort()).toEqual(resources);
    expect(lines).toEqual([]);
  });

  test('workers that are signalled at the end are neither missed nor replaced', async () => {
    const pool = await openPool(2);
    pool.expectEnd();
    for (const pid of pool.pids()) process.kill(pid, 'SIGKILL');
    await pool.close();
    expect(started).toHaveLength(2);
    expect(lines).toEqual([]);
  });
});
