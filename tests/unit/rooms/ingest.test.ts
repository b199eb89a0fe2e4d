/** The member of an encoder (PROTOCOL.md, rule E8), on a real transport. */
import { createWorker } from 'mediasoup';
import type { Router, WebRtcServer, Worker } from 'mediasoup/types';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Identity } from '../../../src/auth/claims.ts';
import { TimeSlices } from '../../../src/lib/time-slices.ts';
import { MEDIA_CODECS } from '../../../src/media/codecs.ts';
import { type Directions, PeerMedia } from '../../../src/media/peer-media.ts';
import type { Code } from '../../../src/protocol/codes.ts';
import type { Grant } from '../../../src/protocol/grants.ts';
import { Ingest } from '../../../src/rooms/ingest.ts';
import { Mutes } from '../../../src/rooms/mutes.ts';

const identity: Identity = {
  userId: 'eva',
  name: 'Eva',
  room: 'studio',
  userType: 'guest',
  grants: new Set<Grant>(['publish:camera']),
  expiresAt: 4e9,
};

let worker: Worker;
let router: Router;
let webRtcServer: WebRtcServer;

beforeAll(async () => {
  worker = await createWorker({ logLevel: 'error' });
  router = await worker.createRouter({ mediaCodecs: MEDIA_CODECS });
  webRtcServer = await worker.createWebRtcServer({ listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }] });
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => worker.close());

test('[E8] ends when the encoder does not connect within 30 seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { closings } = await openIngest();
  vi.advanceTimersByTime(29_999);
  expect(closings).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(closings).toEqual(['connection_lost']);
});

test('[E8] goes on when the encoder has connected', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { media, closings } = await openIngest();
  media.emit('connected', 'send');
  vi.advanceTimersByTime(120_000);
  expect(closings).toEqual([]);
});

test.each([
  'left',
  'connection_lost',
] as const)('[E8] ends as %s when its transport says so', async (code) => {
  const { media, closings } = await openIngest();
  media.emit('disconnected', 'send', code);
  expect(closings).toEqual([code]);
});

test('does not come about with media that has closed meanwhile', async () => {
  const opening = openIngest((media) => media.close('media_lost'));
  await expect(opening).rejects.toThrow(expect.objectContaining({ code: 'media_lost' }));
});

function neverCalled(): never {
  throw new Error('an ingest does not need this');
}

/** @param prepare what happens to the media before the member has it */
async function openIngest(prepare: (media: PeerMedia) => void = () => {}) {
  const opened: PeerMedia[] = [];
  const room = {
    mutes: new Mutes(),
    openMedia: async (directions: Directions) => {
      const environment = {
        router,
        webRtcServer,
        maxIncomingBitrate: 1e6,
        maxOutgoingBitrate: 1e7,
        slices: new TimeSlices(),
        claimId: () => () => {},
        origin: {
          carry: neverCalled,
          observe: neverCalled,
          requestKeyFrame: neverCalled,
          addGate: neverCalled,
          hasGate: neverCalled,
          setGate: neverCalled,
        },
        bring: neverCalled,
      };
      const media = await PeerMedia.open(environment, directions);
      prepare(media);
      opened.push(media);
      return media;
    },
    admit: () => {
      throw new Error('it does not join');
    },
  };
  const limits = {
    maxProducersPerPeer: 4,
    maxDataProducersPerPeer: 4,
    maxIncomingBitrate: 1e6,
    maxOutgoingBitrate: 1e7,
  };
  const options = { identity, address: '127.0.0.1', room, limits, noteLimit: () => {} };
  const ingest = await Ingest.open(options);
  const closings: Code[] = [];
  ingest.on('closed', (code) => closings.push(code));
  const [media] = opened;
  if (!media) throw new Error('there is no media');
  return { ingest, media, closings };
}
