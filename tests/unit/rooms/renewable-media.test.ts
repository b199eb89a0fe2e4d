/** The media of a room and of its peers, when it is lost while it is being renewed. */
import { pino } from 'pino';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { Closer } from '../../../src/lib/closer.ts';
import { AppError } from '../../../src/lib/errors.ts';
import type { PeerMedia } from '../../../src/media/peer-media.ts';
import { RoomMedia } from '../../../src/media/room-media.ts';
import { WorkerPool } from '../../../src/media/workers.ts';
import { KeptMedia } from '../../../src/rooms/kept-media.ts';
import { RenewableMedia } from '../../../src/rooms/renewable-media.ts';

const logger = pino({ level: 'silent' });
let pool: WorkerPool;
const openRoom = async () => RoomMedia.open(await pool.lease());

beforeEach(async () => {
  pool = await WorkerPool.open({ count: 2, listen: { listenAddress: '127.0.0.1', port: 0 }, logger });
  onTestFinished(() => pool.close());
});

test('of two renewals of a peer the later one counts, and the media of the earlier one is closed', async () => {
  const room = await openRoom();
  let told = 0;
  const media = new RenewableMedia(await room.openPeer(), {
    events: { tell: () => void told++ },
    closer: new Closer(),
    onClosed: () => {},
  });
  const late = Promise.withResolvers<PeerMedia>();
  const first = media.renew(() => late.promise);
  const kept = await room.openPeer();
  await media.renew(async () => kept);
  const leaked = await room.openPeer();
  const closed = new Promise((resolve) => leaked.once('closed', resolve));
  late.resolve(leaked);
  await first;
  expect(await closed).toBe('media_lost');
  expect(told).toBe(1);
  expect(media.take(kept.options('send').id)).toBe(kept);
});

test('a renewal that fails after a later one has begun is not told', async () => {
  const room = await openRoom();
  const options = { events: { tell: () => {} }, closer: new Closer(), onClosed: () => {} };
  const media = new RenewableMedia(await room.openPeer(), options);
  const late = Promise.withResolvers<PeerMedia>();
  const first = media.renew(() => late.promise);
  await media.renew(() => room.openPeer());
  late.reject(new AppError('media_lost'));
  await expect(first).resolves.toBeUndefined();
});

test('a peer that asks while the media is lost once more gets that of the third worker', async () => {
  let lost = 0;
  const losing = Promise.withResolvers<void>();
  const opened: RoomMedia[] = [];
  const kept = new KeptMedia(await openRoom(), {
    logger,
    open: async () => {
      const lease = await pool.lease();
      const opening = RoomMedia.open(lease);
      if (lost++ === 0) {
        process.kill(lease.worker.pid, 'SIGKILL'); // before it has answered
        losing.resolve();
      }
      const media = await opening;
      opened.push(media);
      return media;
    },
  });
  const [first = 0] = pool.pids();
  const renewed = new Promise((resolve) => kept.once('renewed', () => resolve(undefined)));
  process.kill(first, 'SIGKILL');
  await losing.promise;
  const peer = await kept.openPeer();
  await renewed;
  expect(lost).toBe(2);
  expect(opened).toHaveLength(1);
  expect(peer.options('send').id).toEqual(expect.any(String));
  kept.close('left');
  expect((await pool.lease()).peers).toBe(1);
});
