/** The media of a room outlives the workers that it runs on. */
import { once } from 'node:events';
import { pino } from 'pino';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Closer } from '../../../src/lib/closer.ts';
import { TimeSlices } from '../../../src/lib/time-slices.ts';
import type { PeerMedia } from '../../../src/media/peer-media.ts';
import { RoomMedia } from '../../../src/media/room-media.ts';
import { type WorkerLease, WorkerPool } from '../../../src/media/workers.ts';
import { methods } from '../../../src/protocol/methods.ts';
import { MediaFailover } from '../../../src/rooms/media-failover.ts';
import { track } from '../../support/media.ts';

const shared = {
  pipes: { protocol: 'udp', ip: '127.0.0.1' },
  maxConsumersPerWorker: 100,
  slices: new TimeSlices(),
  maxIncomingBitrate: 1e6,
  maxOutgoingBitrate: 1e7,
} as const;
let pool: WorkerPool;

beforeEach(async () => {
  const logger = pino({ level: 'silent' });
  pool = await WorkerPool.open({ count: 2, listen: { listenAddress: '127.0.0.1', port: 0 }, logger });
  onTestFinished(() => pool.close());
});

const openRoom = () => RoomMedia.open({ workers: pool, ...shared });
const leaseSpare: WorkerPool['leaseSpare'] = (...args) => pool.leaseSpare(...args);

/** Kills the worker of a room's media, and resolves when that is lost. */
async function lose(peer: PeerMedia, pid: number): Promise<void> {
  const closed = once(peer, 'closed');
  process.kill(pid, 'SIGKILL');
  expect(await closed).toEqual(['media_lost']);
}

test('the next peer after a loss gets transports on another worker, which counts all that were there', async () => {
  const leases: { pid: number; peers: number }[] = [];
  const lease = async (peers: number) => {
    const leased = await pool.lease(peers);
    leases.push({ pid: leased.worker.pid, peers });
    return leased;
  };
  const room = await RoomMedia.open({ workers: { lease, leaseSpare }, ...shared });
  const [first] = await Promise.all([room.openPeer(), room.openPeer(), room.openPeer()]);
  await lose(first, leases[0]?.pid ?? 0);
  const peer = await room.openPeer();
  expect(peer.options('send').id).toEqual(expect.any(String));
  expect(leases.map(({ peers }) => peers)).toEqual([1, 3]);
  expect(leases[1]?.pid).not.toBe(leases[0]?.pid);
  room.close('left');
});

test('a peer that asks while the media is lost once more gets that of the third worker', async () => {
  let asked = 0;
  const lease = async (peers: number) => {
    const leased = await pool.lease(peers);
    if (++asked === 2) process.kill(leased.worker.pid, 'SIGKILL'); // before its router is there
    return leased;
  };
  const room = await RoomMedia.open({ workers: { lease, leaseSpare }, ...shared });
  const first = await room.openPeer();
  const [pid = 0] = pool.pids();
  await lose(first, pid);
  const peer = await room.openPeer();
  expect(asked).toBe(3);
  expect(peer.closedWith).toBeUndefined();
  room.close('left');
  expect((await pool.lease()).peers).toBe(1);
});

test('[M9] a member gets other media after a loss, and once more after the next, and takes the last', async () => {
  const room = await openRoom();
  const lost: string[] = [];
  let opened = Promise.withResolvers<void>();
  const media = await room.openPeer();
  const failover: MediaFailover = new MediaFailover(media, {
    open: () => room.openPeer(),
    closer: new Closer(),
    isRenewable: () => true,
    onLost: () => lost.push('lost'),
    onOpened: () => opened.resolve(),
    onClosed: (code) => lost.push(code),
  });
  expect(() => failover.take('other')).toThrow(expect.objectContaining({ code: 'media_kept' }));
  const send = () => failover.next?.options('send').id ?? '';
  await lose(media, pool.pids()[0] ?? 0);
  await opened.promise;
  const [second, next] = [send(), failover.next];
  opened = Promise.withResolvers();
  for (const pid of pool.pids()) process.kill(pid, 'SIGKILL');
  if (next) await once(next, 'closed');
  await opened.promise;
  expect(() => failover.take(second)).toThrow(expect.objectContaining({ code: 'media_lost' }));
  expect(failover.take(send())).toBe(failover.current);
  expect(lost).toEqual(['lost', 'lost']);
  const closed = once(failover.current, 'closed');
  room.close('left');
  await closed;
  expect(lost).toEqual(['lost', 'lost', 'left']);
});

describe('a room that outgrows a worker', () => {
  const openSmall = () => RoomMedia.open({ workers: pool, ...shared, maxConsumersPerWorker: 4 });

  test('goes on to another one, and then shares its peers out', async () => {
    const room = await openSmall();
    for (const routers of [1, 1, 2, 2]) {
      await room.openPeer();
      expect(room.routers).toBe(routers);
    }
    const used = pool.pids().length;
    expect(used).toBe(2);
    await room.openPeer(); // both are full
    expect(room.routers).toBe(2);
    room.close('left');
    expect(room.routers).toBe(0);
  });

  test('opens one more router for all that come at the same time', async () => {
    const room = await openSmall();
    await Promise.all(Array.from({ length: 8 }, () => room.openPeer()));
    expect(room.routers).toBe(2);
    room.close('left');
  });

  test('closes a router that nobody uses any more, other than the last', async () => {
    const room = await openSmall();
    const peers = [];
    for (let n = 0; n < 3; n++) peers.push(await room.openPeer());
    expect(room.routers).toBe(2);
    for (const peer of peers) peer.close('left');
    expect(room.routers).toBe(1);
    await room.openPeer();
    room.close('left');
  });

  test('takes the peers of a dead worker on one that lives, although it is full', async () => {
    const leases: WorkerLease[] = [];
    const workers = {
      lease: async (peers: number) => record(await pool.lease(peers)),
      leaseSpare: (...args: Parameters<WorkerPool['leaseSpare']>) => record(pool.leaseSpare(...args)),
    };
    function record<T extends WorkerLease | undefined>(lease: T): T {
      if (lease) leases.push(lease);
      return lease;
    }
    const room = await RoomMedia.open({ workers, ...shared, maxConsumersPerWorker: 1 });
    const [first, second] = [await room.openPeer(), await room.openPeer()];
    await lose(first, leases[0]?.worker.pid ?? 0);
    expect(second.closedWith).toBeUndefined();
    expect(room.routers).toBe(1);
    await room.openPeer();
    expect(leases).toHaveLength(2);
    expect(leases[1]?.peers).toBe(2);
    room.close('left');
    expect(leases.map(({ consumers }) => consumers)).toEqual([0, 0]);
  });

  test('is one room also for ids', async () => {
    const room = await openSmall();
    const peers = [];
    for (let n = 0; n < 3; n++) peers.push(await room.openPeer());
    const { id, source, rtpParameters } = methods.produce.params.parse(track('mic'));
    const produce = (peer?: PeerMedia) => peer?.produce({ id, source, rtpParameters, paused: false });
    await produce(peers[0]);
    await expect(produce(peers[2])).rejects.toThrow(expect.objectContaining({ code: 'id_taken' }));
    room.close('left');
  });
});
