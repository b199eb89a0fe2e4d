/** Offers of real players, what they are answered, and the routers that send to them. */
import fc from 'fast-check';
import { createWorker } from 'mediasoup';
import type { RtpCapabilities, Worker } from 'mediasoup/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MEDIA_CODECS } from '../../../src/media/codecs.ts';
import { type RtpParameters, RtpCapabilities as Schema } from '../../../src/protocol/media.ts';
import { planEgress } from '../../../src/sdp/egress-codecs.ts';
import type { PayloadProfile } from '../../../src/sdp/payload-profile.ts';
import { type PlayOffer, readPlayOffer, writePlayAnswer } from '../../../src/sdp/whep.ts';
import { DATA_SECTION, playOffers, readOffer } from './corpus.ts';
import { expectOwnLines, linesOf, outline, transport } from './helpers.ts';

let worker: Worker;
let capabilities: RtpCapabilities;

beforeAll(async () => {
  worker = await createWorker({ logLevel: 'error' });
  const router = await worker.createRouter({ mediaCodecs: MEDIA_CODECS });
  capabilities = router.rtpCapabilities;
});

afterAll(() => worker.close());

const read = (sdp: string): PlayOffer => readPlayOffer(sdp, capabilities);
const offerOf = (client: string): string => readOffer(`play-${client}.sdp`);

describe('an offer', () => {
  test.each([
    ['aiortc', 'opus 96, PCMU 0, VP8 97+98, H264 101+102'],
    ['chromium', 'opus 111, PCMU 0, VP8 96+97, VP9 98+99, H264 108+109, AV1 45'],
    ['chromium-h264', 'opus 111, PCMU 0, VP8 96+97, VP9 98+99, H264 108+109, AV1 45'],
    ['chromium-vp9', 'opus 111, PCMU 0, VP8 96+97, VP9 98+99, H264 108+109, AV1 45'],
    ['firefox', 'opus 109, PCMU 0, VP8 120+124, VP9 121, AV1 99+100'],
    ['gstreamer-vp8', 'opus 97, VP8 96'],
    ['node-datachannel', 'opus 111, VP8 97, H264 96'],
    ['pion', 'opus 111, PCMU 0, VP8 96+97, VP9 98+99, H264 125+107'],
    ['werift', 'opus 96, VP8 97'],
    ['wrtc', 'opus 111, PCMU 0, VP8 96+97, VP9 98+99, AV1 39'],
  ])('of %s is served as %s', (client, expected) => {
    const { egress, rejected } = read(offerOf(client));
    expect(summary(egress.profile)).toBe(expected);
    expect(rejected.size).toBe(0);
  });

  test('of every client is in the table above', () => {
    expect(playOffers).toHaveLength(10);
  });

  test.each(playOffers)('%s obeys the rules of join', (file) => {
    const { rtpCapabilities } = read(readOffer(file));
    expect(Schema.parse(rtpCapabilities)).toEqual(rtpCapabilities);
  });

  test('of Firefox and of GStreamer keep the header extensions whose ids match', () => {
    const uris = (client: string) => read(offerOf(client)).headerExtensions.map(({ uri }) => uri);
    expect(uris('firefox')).toEqual(['http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time']);
    expect(uris('aiortc')).toEqual(Array(2).fill('urn:ietf:params:rtp-hdrext:sdes:mid'));
    expect(uris('chromium')).toEqual([]);
  });

  test('with the same payload types shares a router', () => {
    expect(read(offerOf('chromium')).egress.key).toBe(read(offerOf('chromium-h264')).egress.key);
    expect(read(offerOf('chromium')).egress.key).not.toBe(read(offerOf('firefox')).egress.key);
  });

  test.each([
    ['that sends', offerOf('chromium').replaceAll('a=recvonly', 'a=sendonly')],
    ['that is inactive', offerOf('chromium').replaceAll('a=recvonly', 'a=inactive')],
    ['without a known codec', offerOf('werift').replace(/a=rtpmap:(\d+) \w+/g, 'a=rtpmap:$1 X')],
    ['that is no description', 'm='],
  ])('%s is refused', (_, sdp) => {
    expect(() => read(sdp)).toThrow(expect.objectContaining({ code: 'invalid_media' }));
  });
});

describe('an answer', () => {
  const track = (payloadType: number, mimeType: string): RtpParameters => ({
    mid: '1',
    codecs: [{ mimeType, payloadType, clockRate: 90_000, channels: 1 }],
    encodings: [{ ssrc: 4711, rtx: { ssrc: 4712 } }],
    rtcp: { cname: 'publisher' },
  });
  const answer = (offer: string, video?: RtpParameters): string =>
    writePlayAnswer(read(offer), {
      transport,
      sessionId: 7,
      streamId: 'room',
      tracks: new Map(video ? [['1', { trackId: 'camera', rtpParameters: video }]] : []),
    });

  test.each(playOffers)('to %s has its sections in its order', (file) => {
    const offer = readOffer(file);
    const sdp = answer(offer);
    const mids = outline(offer).map((line) => line.split(' ', 2).join(' '));
    expect(outline(sdp)).toEqual(mids.map((line) => `${line} 9 sendonly`));
    expectOwnLines(sdp);
  });

  test('says what is sent, with retransmissions, in one stream', () => {
    const lines = linesOf(answer(offerOf('firefox'), track(120, 'video/VP8')), '1');
    expect(lines[0]).toBe('m=video 9 UDP/TLS/RTP/SAVPF 120 124 121 99 100');
    for (const line of [
      'a=msid:room camera',
      'a=ssrc:4711 cname:publisher',
      'a=ssrc:4712 msid:room camera',
      'a=ssrc-group:FID 4711 4712',
      'a=fmtp:124 apt=120',
      'a=rtcp-fb:120 nack pli',
    ]) {
      expect(lines).toContain(line);
    }
  });

  test('names no streams to a player that follows what comes', () => {
    const lines = linesOf(answer(offerOf('chromium'), track(108, 'video/H264')), '1');
    expect(lines[0]).toBe('m=video 9 UDP/TLS/RTP/SAVPF 108 109 96 97 98 99 45');
    expect(lines).toContain('a=msid:room camera');
    expect(lines.filter((line) => line.startsWith('a=ssrc'))).toEqual([]);
  });

  test('promises no bandwidth estimation that the header extensions do not carry', () => {
    expect(answer(offerOf('chromium'))).not.toMatch(/goog-remb|transport-cc/);
    const firefox = answer(offerOf('firefox'));
    expect(firefox).toContain('goog-remb');
    expect(firefox).not.toContain('transport-cc');
  });

  test("leaves a publisher's cname out that would end its line", () => {
    const hostile = { ...track(120, 'video/VP8'), rtcp: { cname: 'a\r\na=ssrc:1 cname:b' } };
    expectOwnLines(answer(offerOf('firefox'), hostile));
  });

  test('rejects data channels with port 0', () => {
    const sdp = answer(offerOf('chromium') + DATA_SECTION);
    expect(outline(sdp)).toEqual(['0 audio 9 sendonly', '1 video 9 sendonly', 'data application 0 inactive']);
  });
});

describe('the router of a profile', () => {
  test.each(playOffers)('sends with the payload types of %s', async (file) => {
    await expectServed(planEgress(read(readOffer(file)).egress.profile));
  });

  test('sends with the payload types of any profile', async () => {
    const plain = planned(MEDIA_CODECS.length);
    await fc.assert(
      fc.asyncProperty(plain, async (profile) => {
        const plan = planEgress(profile);
        await expectServed(plan);
        const audio = profile.filter(({ kind }) => kind === 'audio');
        expect(plan.profile).toEqual(expect.arrayContaining([...audio]));
      }),
      { numRuns: 300 },
    );
  });

  test('serves the first of two codecs that are in each other’s way, and the other without retransmissions', () => {
    const offer = offerOf('firefox');
    expect(summary(read(offer).egress.profile)).toContain('VP8 120+124, VP9 121,');
    const only = offer.replaceAll(/a=rtpmap:120 .*\r\n/g, '');
    expect(summary(read(only).egress.profile)).toContain('VP9 121+125');
  });

  /** A router of this plan has each codec and its retransmissions as the profile says. */
  async function expectServed({ mediaCodecs, profile }: ReturnType<typeof planEgress>): Promise<void> {
    const router = await worker.createRouter({ mediaCodecs });
    const codecs = router.rtpCapabilities.codecs ?? [];
    router.close();
    for (const { payloadType, rtxPayloadType, routerCodec } of profile) {
      const codec = codecs.find(({ preferredPayloadType }) => preferredPayloadType === payloadType);
      expect(codec?.mimeType.toLowerCase()).toBe(routerCodec.mimeType.toLowerCase());
      if (rtxPayloadType === undefined) continue;
      const rtx = codecs.find(({ parameters }) => parameters?.apt === payloadType);
      expect(rtx?.preferredPayloadType).toBe(rtxPayloadType);
    }
  }

  /** Some codecs of the room, each under payload types that no other one has. */
  function planned(count: number): fc.Arbitrary<PayloadProfile> {
    const payloadTypes = fc.uniqueArray(
      fc.oneof(fc.integer({ min: 96, max: 127 }), fc.integer({ min: 35, max: 63 })),
      {
        minLength: 2 * count,
        maxLength: 2 * count,
      },
    );
    return fc
      .record({ payloadTypes, withRtx: fc.array(fc.boolean(), { minLength: count, maxLength: count }) })
      .map(({ payloadTypes, withRtx }) =>
        MEDIA_CODECS.map((routerCodec, n) => ({
          kind: routerCodec.kind,
          routerCodec: { ...routerCodec, preferredPayloadType: 0 },
          payloadType: payloadTypes[2 * n] ?? 0,
          ...(withRtx[n] && routerCodec.kind === 'video' && { rtxPayloadType: payloadTypes[2 * n + 1] ?? 0 }),
          parameters: {},
          rtcpFeedback: [],
        })),
      );
  }
});

function summary(profile: PayloadProfile): string {
  return profile
    .map(({ routerCodec, payloadType, rtxPayloadType }) => {
      const name = routerCodec.mimeType.split('/')[1];
      return `${name} ${payloadType}${rtxPayloadType === undefined ? '' : `+${rtxPayloadType}`}`;
    })
    .join(', ');
}
