/** RTP parameters and capabilities as browsers send them, and as nobody should; and what mediasoup makes of them for others. */
import fc from 'fast-check';
import {
  getConsumableRtpParameters,
  getConsumerRtpParameters,
  getProducerRtpParametersMapping,
  validateAndNormalizeRtpCapabilities,
  validateAndNormalizeRtpParameters,
} from 'mediasoup/ortc';
import type { RtpCapabilities, RtpParameters } from 'mediasoup/types';
import { assertCodecsTaken } from '../../src/media/capabilities.ts';
import { ROUTER_CAPABILITIES } from '../../src/media/codecs.ts';
import type { RtpParameters as Checked, Kind } from '../../src/protocol/media.ts';

/** Texts that would be something else in SDP, in JSON, in a log or in C. */
export const hostileText = fc.oneof(
  fc.constantFrom(
    '\n',
    '\r',
    'a\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host',
    'a\nm=audio 9 UDP/TLS/RTP/SAVPF 0',
    'a\0b',
    'a;b=c',
    'a=b',
    'a b',
    'a\tb',
    '"a"',
    "'a'",
    'a\\b',
    'a\u2028b',
    'a\u2029b',
    'a\u0085b',
    '\ud800',
    '\u202e',
    'é',
    '😀',
    '',
    ' ',
    'NaN',
    'Infinity',
    '-0',
    '-1',
    '1e999',
    '0x10',
    '007',
    '99999999999',
    'null',
    '__proto__',
    'a'.repeat(65),
    'a'.repeat(5000),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 80 }),
);

const hostileNumber = fc.oneof(
  fc.constantFrom(-0, -1, 0.5, 15, 128, 255, 256, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1e21, 1e308),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** A value that no leaf of these parameters should have, or one that it could have by chance. */
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: hostileText },
  { weight: 3, arbitrary: hostileNumber },
  { weight: 1, arbitrary: fc.constantFrom(null, true, [], {}, [[]], { a: 1 }) },
);

const flag = fc.constantFrom<unknown>(0, 1, '0', '1');
const uint32 = fc.nat({ max: 0xffffffff });

function some(values: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(values, { requiredKeys: [] });
}

const level = fc.constantFrom('0a', '0b', '0d', '14', '1e', '1f', '28', '29', '33', '34');
const h264 = fc.record(
  {
    'packetization-mode': fc.constant(1),
    'profile-level-id': fc
      .tuple(fc.constantFrom('42e0', '42c0', '42f0', '4dc0', '640c', '640C'), level)
      .map(([profile, of]) => profile + of),
    'level-asymmetry-allowed': flag,
    'max-fs': uint32,
    'max-fr': uint32,
    'max-mbps': uint32,
    'max-br': uint32,
    'sps-pps-idr-in-keyframe': flag,
  },
  { requiredKeys: ['packetization-mode', 'profile-level-id'] },
);

/** The codecs of the routers, with all parameters that they may have. */
const CODECS = {
  audio: [
    {
      codec: { mimeType: 'audio/opus', clockRate: 48000, channels: 2 },
      parameters: some({
        minptime: fc.integer({ min: 3, max: 120 }),
        maxptime: fc.integer({ min: 3, max: 120 }),
        ptime: fc.constantFrom(3, 10, 20, '60', 120),
        useinbandfec: flag,
        usedtx: flag,
        stereo: flag,
        'sprop-stereo': flag,
        cbr: flag,
        maxaveragebitrate: fc.integer({ min: 6000, max: 510_000 }),
        maxplaybackrate: fc.integer({ min: 8000, max: 48_000 }),
        'sprop-maxcapturerate': fc.integer({ min: 8000, max: 48_000 }),
      }),
    },
    { codec: { mimeType: 'audio/PCMU', clockRate: 8000, channels: 1 }, parameters: fc.constant({}) },
  ],
  video: [
    {
      codec: { mimeType: 'video/VP8', clockRate: 90000 },
      parameters: some({ 'max-fs': uint32, 'max-fr': uint32 }),
    },
    {
      codec: { mimeType: 'video/VP9', clockRate: 90000 },
      parameters: some({ 'profile-id': fc.constant(0), 'max-fs': uint32, 'max-fr': uint32 }),
    },
    { codec: { mimeType: 'video/H264', clockRate: 90000 }, parameters: h264 },
    {
      codec: { mimeType: 'video/AV1', clockRate: 90000 },
      parameters: some({
        profile: fc.integer({ min: 0, max: 2 }),
        'level-idx': fc.integer({ min: 0, max: 31 }),
        tier: flag,
      }),
    },
  ],
} as const;

const mediaCodec = (kind: Kind) =>
  fc
    .constantFrom(...CODECS[kind])
    .chain(({ codec, parameters }) => parameters.map((given) => ({ ...codec, parameters: given })));

const headerExtensions = (kind: Kind) =>
  fc
    .subarray((ROUTER_CAPABILITIES.headerExtensions ?? []).filter((extension) => extension.kind === kind))
    .map((extensions) => extensions.map(({ uri, preferredId }) => ({ uri, id: preferredId })));

const encodings = (kind: Kind) =>
  kind === 'audio'
    ? fc.constantFrom([{ ssrc: 1111, dtx: true }], [{ ssrc: 1111 }])
    : fc.constantFrom<unknown[]>(
        [{ ssrc: 1111, rtx: { ssrc: 2222 }, maxBitrate: 1_000_000 }],
        [{ ssrc: 1111, scalabilityMode: 'L3T3_KEY' }],
        ['r0', 'r1', 'r2'].map((rid) => ({
          rid,
          scalabilityMode: 'L1T3',
          maxBitrate: 300_000,
          active: true,
        })),
      );

const cname = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9+/]{16}$/),
  fc.uuid().map((uuid) => `{${uuid}}`),
  fc.constantFrom('user1@host-2.example', ''),
);

/** What a browser's sender of this kind may send. */
export function senderParameters(kind: Kind): fc.Arbitrary<object> {
  return fc
    .record({
      mid: fc.nat({ max: 99 }).map(String),
      codec: mediaCodec(kind),
      headerExtensions: headerExtensions(kind),
      encodings: encodings(kind),
      rtcp: fc.record({ cname, reducedSize: fc.boolean(), mux: fc.boolean() }, { requiredKeys: [] }),
    })
    .map(({ codec, ...rest }) => {
      const rtx = { mimeType: 'video/rtx', payloadType: 97, clockRate: 90000, parameters: { apt: 96 } };
      const codecs = [{ ...codec, payloadType: 96 }, ...(kind === 'video' ? [rtx] : [])];
      return { ...rest, codecs };
    });
}

/** The capabilities of a receiver: codecs of routers and others, in any order, some of them twice. */
export const receiverCapabilities: fc.Arbitrary<object> = fc.record({
  codecs: fc.array(
    fc
      .oneof(
        fc
          .constantFrom<Kind>('audio', 'video')
          .chain((kind) => mediaCodec(kind).map((codec) => ({ ...codec, kind }))),
        fc.constantFrom(
          { kind: 'video', mimeType: 'video/rtx', clockRate: 90000, parameters: { apt: 96 } },
          { kind: 'video', mimeType: 'video/red', clockRate: 90000 },
          { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000 },
          { kind: 'audio', mimeType: 'AUDIO/OPUS', clockRate: 48000, channels: 2 },
          {
            kind: 'video',
            mimeType: 'video/H264',
            clockRate: 90000,
            parameters: { 'packetization-mode': 0, 'profile-level-id': '42e01f' },
          },
          { kind: 'video', mimeType: 'video/VP9', clockRate: 90000, parameters: { 'profile-id': 2 } },
        ),
      )
      .chain((codec) =>
        fc
          .record({
            preferredPayloadType: fc.integer({ min: 96, max: 127 }),
            rtcpFeedback: fc.subarray([
              { type: 'nack' },
              { type: 'nack', parameter: 'pli' },
              { type: 'goog-remb' },
              { type: 'transport-cc' },
              { type: 'rrtr' },
            ]),
          })
          .map((more) => ({ ...codec, ...more })),
      ),
    { maxLength: 20 },
  ),
  headerExtensions: fc.subarray([
    ...(ROUTER_CAPABILITIES.headerExtensions ?? []),
    { kind: 'video', uri: 'urn:3gpp:video-orientation', preferredId: 3 },
    { kind: 'audio', uri: 'urn:example:unheard-of', preferredId: 14 },
  ]),
});

/** The same with some leaves replaced, and keys added or renamed, by what should not be there. */
export function spoilt(sensible: fc.Arbitrary<object>, maxSpoilt = 3): fc.Arbitrary<unknown> {
  const change = fc.record({ at: fc.nat(), value: hostileValue, key: hostileText, add: fc.boolean() });
  return fc
    .tuple(sensible, fc.array(change, { maxLength: maxSpoilt }))
    .map(([value, changes]) =>
      changes.reduce((so, one) => spoil(so, structuredClone(one)), structuredClone(value)),
    );
}

interface Change {
  at: number;
  value: unknown;
  key: string;
  add: boolean;
}

function spoil(root: object, { at, value, key, add }: Change): object {
  const places = placesIn(root);
  const place = places[at % places.length];
  if (!place) return root;
  const name = add && !Array.isArray(place.container) ? key : place.key;
  Object.defineProperty(place.container, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
  return root;
}

function placesIn(container: object): { container: object; key: string }[] {
  return Object.entries(container).flatMap(([key, value]) => [
    { container, key },
    ...(typeof value === 'object' && value !== null ? placesIn(value) : []),
  ]);
}

/**
 * What mediasoup sends to a receiver with these capabilities of a producer with these parameters.
 * Throws where the server or mediasoup refuses them, or the receiver cannot take it.
 */
export function consumerParameters(kind: Kind, checked: Checked, theirs: RtpCapabilities): RtpParameters {
  assertCodecsTaken(checked, ROUTER_CAPABILITIES);
  const parameters: RtpParameters = structuredClone(checked);
  validateAndNormalizeRtpParameters(parameters);
  parameters.rtcp = { ...parameters.rtcp, cname: parameters.rtcp?.cname || 'of-mediasoup' };
  const mapping = getProducerRtpParametersMapping(parameters, ROUTER_CAPABILITIES);
  const remoteRtpCapabilities = structuredClone(theirs);
  validateAndNormalizeRtpCapabilities(remoteRtpCapabilities);
  return getConsumerRtpParameters({
    consumableRtpParameters: getConsumableRtpParameters(kind, parameters, ROUTER_CAPABILITIES, mapping),
    remoteRtpCapabilities,
    pipe: false,
    enableRtx: kind === 'video',
  });
}
