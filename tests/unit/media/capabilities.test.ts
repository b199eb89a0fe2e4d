/** The capabilities of clients, cut down to what the routers can use. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { RtpParameters } from 'mediasoup/types';
import { describe, expect, test } from 'vitest';
import { assertCodecsTaken, reduceCapabilities } from '../../../src/media/capabilities.ts';
import { ROUTER_CAPABILITIES } from '../../../src/media/codecs.ts';
import { type Kind, RtpCapabilities, RtpParameters as Schema } from '../../../src/protocol/media.ts';
import { rtpCapabilities } from '../../support/media.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { consumerParameters, receiverCapabilities, senderParameters } from '../../support/rtp.ts';

const seed = Number(process.env.FUZZ_SEED) || Math.floor(Math.random() * 2 ** 31);

/** What mediasoup makes for a receiver, without what is random; undefined where it can make nothing. */
function consumerOf(kind: Kind, parameters: unknown, theirs: RtpCapabilities): RtpParameters | undefined {
  try {
    const made = consumerParameters(kind, Schema.parse(parameters), theirs);
    const encodings = made.encodings?.map(({ ssrc, rtx, ...rest }) => ({ ...rest, hasRtx: Boolean(rtx) }));
    return { ...made, encodings } as RtpParameters;
  } catch {
    return undefined;
  }
}

/** Feedback that routers do not have is of no use: mediasoup would promise it to the receiver all the same. */
function withOurFeedback(parameters: RtpParameters | undefined) {
  const codecs = parameters?.codecs.map(({ rtcpFeedback = [], ...codec }) => {
    const ours = ROUTER_CAPABILITIES.codecs?.find(
      ({ mimeType }) => mimeType === codec.mimeType,
    )?.rtcpFeedback;
    const shared = ours?.filter((our) => rtcpFeedback.some((given) => isDeepStrictEqual(given, our)));
    return { ...codec, rtcpFeedback: shared };
  });
  return parameters && { ...parameters, codecs };
}

describe('reduced capabilities', () => {
  test.each(['audio', 'video'] as const)(`make the same consumers of %s, seed ${seed}`, (kind) => {
    let made = 0;
    fc.assert(
      fc.property(senderParameters(kind), receiverCapabilities, (parameters, capabilities) => {
        const { codecs = [], ...rest } = RtpCapabilities.parse(capabilities);
        // mediasoup does not look at the profile of AV1.
        const theirs = { ...rest, codecs: codecs.filter(({ parameters }) => !parameters?.profile) };
        const reduced = reduceCapabilities(theirs, ROUTER_CAPABILITIES);
        const before = withOurFeedback(consumerOf(kind, parameters, theirs));
        if (before) made++;
        expect(withOurFeedback(consumerOf(kind, parameters, reduced as RtpCapabilities))).toEqual(before);
      }),
      { seed, numRuns: propertyRuns(400) },
    );
    expect(made).toBeGreaterThan(25);
  });

  test('have no more than the router has, whatever there was', () => {
    const codecs = Array.from({ length: 64 }, (_, n) => ({
      kind: 'video' as const,
      mimeType: 'video/H264',
      preferredPayloadType: n,
      clockRate: 90000,
      parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'max-fs': n },
      rtcpFeedback: Array.from({ length: 16 }, (_, m) => ({
        type: `feedback-${m}`,
        parameter: 'x'.repeat(32),
      })),
    }));
    const extension = { kind: 'video' as const, uri: 'urn:3gpp:video-orientation' as const, preferredId: 8 };
    const theirs = RtpCapabilities.parse({ codecs, headerExtensions: Array(64).fill(extension) });
    expect(JSON.stringify(theirs).length).toBeGreaterThan(42_000);
    const reduced = reduceCapabilities(theirs, ROUTER_CAPABILITIES);
    expect(reduced.codecs?.map(({ preferredPayloadType }) => preferredPayloadType)).toEqual([0]);
    expect(JSON.stringify(reduced).length).toBeLessThan(1000);
  });

  test('have no AV1 of another profile than the router has', () => {
    const av1 = (profile: number) => ({
      ...{
        kind: 'video' as const,
        mimeType: 'video/AV1',
        preferredPayloadType: 40 + profile,
        clockRate: 90000,
      },
      parameters: { profile },
    });
    expect(reduceCapabilities({ codecs: [av1(1), av1(0)] }, ROUTER_CAPABILITIES).codecs).toMatchObject([
      av1(0),
    ]);
    expect(reduceCapabilities({ codecs: [av1(1)] }, ROUTER_CAPABILITIES).codecs).toEqual([]);
  });

  test('of nothing are nothing, and the given ones stay as they are', () => {
    expect(reduceCapabilities({}, ROUTER_CAPABILITIES)).toEqual({ codecs: [], headerExtensions: [] });
    const theirs = RtpCapabilities.parse(rtpCapabilities);
    const before = structuredClone(theirs);
    const reduced = reduceCapabilities(theirs, ROUTER_CAPABILITIES);
    expect(theirs).toEqual(before);
    expect(reduceCapabilities(reduced, ROUTER_CAPABILITIES)).toEqual(reduced);
    expect(reduced.codecs?.map(({ mimeType }) => mimeType)).toEqual(['audio/opus', 'video/VP8']);
  });
});

describe('codecs that a router does not take', () => {
  const taken = (mimeType: string, clockRate: number, parameters = {}, channels?: number) => {
    const codec = { mimeType, payloadType: 96, clockRate, parameters, ...(channels && { channels }) };
    assertCodecsTaken(Schema.parse({ codecs: [codec], encodings: [{ ssrc: 1 }] }), ROUTER_CAPABILITIES);
  };

  test('are invalid_media, also where mediasoup would take them', () => {
    taken('video/AV1', 90000);
    taken('video/AV1', 90000, { profile: 0, 'level-idx': 31, tier: 1 });
    taken('audio/opus', 48000, {}, 2);
    taken('video/H264', 90000, { 'packetization-mode': 1, 'profile-level-id': '42e034' });
    for (const refused of [
      () => taken('video/AV1', 90000, { profile: 1 }),
      () => taken('video/AV1', 90000, { profile: 2 }),
      () => taken('video/VP9', 90000, { 'profile-id': 2 }),
      () => taken('video/H264', 90000, { 'packetization-mode': 0, 'profile-level-id': '42e01f' }),
      () => taken('video/H264', 90000, { 'packetization-mode': 1, 'profile-level-id': '64001f' }),
      () => taken('audio/opus', 48000, {}, 1),
      () => taken('video/VP8', 48000),
      () => taken('video/nonsense', 90000),
    ]) {
      expect(refused).toThrow(expect.objectContaining({ code: 'invalid_media' }));
    }
  });
});
