/** The media of a room outlives the workers that it runs on. */
import { once } from 'node:events';
import { pino } from 'pino';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Closer } from '../../../src/lib/closer.ts';
import { TimeSlices } from '../../../src/lib/time-slices.ts';
import type { PeerMedia } from '../../../src/media/peer-media.ts';
import { RoomMedia } from '../../../src/media/room-media.ts';
import { WorkerPool } from '../../../src/media/workers.ts';
import { MediaFailover } from '../../../src/rooms/media-failover.ts';

const shared = { slices: new TimeSlices(), maxIncomingBitrate: 1e6, maxOutgoingBitrate: 1e7 };
let pool: WorkerPool;

beforeEach(async () => {
  const logger = pino({ level: 'silent' });
  pool = await WorkerPool.open({ count: 2, listen: { listenAddress: '127.0.0.1', port: 0 }, logger });
  onTestFinished(() => pool.close());
});

const openRoom = () => RoomMedia.open({ leaseWorker: (peers) => pool.lease(peers), ...shared });

/** Kills the worker of a room's media, and resolves when that is lost. */
async function lose(peer: PeerMedia, pid: number): Promise<void> {
  const closed = once(peer, 'closed');
  process.kill(pid, 'SIGKILL');
  expect(await closed).toEqual(['media_lost']);
}

test('the next peer after a loss gets transports on another worker, which counts all that were there', async () => {
  const leases: { pid: number; peers: number }[] = [];
  const leaseWorker = async (peers: number) => {
    const lease = await pool.lease(peers);
    leases.push({ pid: lease.worker.pid, peers });
    return lease;
  };
  const room = await RoomMedia.open({ leaseWorker, ...shared });
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
  const leaseWorker = async (peers: number) => {
    const lease = await pool.lease(peers);
    if (++asked === 2) process.kill(lease.worker.pid, 'SIGKILL'); // before its router is there
    return lease;
  };
  const room = await RoomMedia.open({ leaseWorker, ...shared });
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
