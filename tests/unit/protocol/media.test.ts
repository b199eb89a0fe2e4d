/** What the schemas of media parameters let pass, field by field (PROTOCOL.md, M1, M11, J3). */
import { describe, expect, test } from 'vitest';
import { RtpCapabilities, RtpParameters } from '../../../src/protocol/media.ts';
import { methods } from '../../../src/protocol/methods.ts';
import { DtlsParameters } from '../../../src/protocol/transports.ts';

const vp8 = { mimeType: 'video/VP8', payloadType: 96, clockRate: 90000 };
const rtx = { mimeType: 'video/rtx', payloadType: 97, clockRate: 90000, parameters: { apt: 96 } };
const sensible = { codecs: [vp8], encodings: [{ ssrc: 1 }] };

function passes(changes: Record<string, unknown>): boolean {
  return RtpParameters.safeParse({ ...sensible, ...changes }).success;
}

/** What is left of the parameters of a codec; undefined where they are refused. */
function parametersLeft(mimeType: string, parameters: Record<string, unknown>): unknown {
  const checked = RtpParameters.safeParse({ ...sensible, codecs: [{ ...vp8, mimeType, parameters }] });
  return checked.data?.codecs[0]?.parameters;
}

describe('[M11] codec parameters', () => {
  test('those that are not known are dropped', () => {
    expect(parametersLeft('video/VP8', { 'max-fs': 12288, 'x-new': 'yes' })).toEqual({ 'max-fs': 12288 });
    expect(parametersLeft('video/VP8', { 'a\r\na=b': 1, apt: 'x', 'profile-id': '\n' })).toEqual({});
    expect(parametersLeft('audio/G722', { bitrate: 64000 })).toEqual({});
    expect(
      parametersLeft('audio/opus', { toString: 1, constructor: 2, 'x-google-start-bitrate': 1 }),
    ).toEqual({});
    expect(parametersLeft('video/unheard-of', { a: { b: [{}] } })).toEqual({});
  });

  test('what browsers send passes', () => {
    const ofBrowsers: [string, Record<string, unknown>][] = [
      ['audio/opus', { minptime: 10, useinbandfec: 1 }],
      ['audio/opus', { maxplaybackrate: 48000, stereo: 1, useinbandfec: 1 }],
      ['audio/opus', { 'sprop-stereo': 1, usedtx: 0, maxaveragebitrate: 128_000, ptime: 60, cbr: 0 }],
      ['audio/multiopus', { channel_mapping: '0,4,1,2,3,5', num_streams: 4, coupled_streams: 2 }],
      ['video/VP9', { 'profile-id': 0 }],
      ['video/VP8', { 'max-fs': 12288, 'max-fr': 60 }],
      ['video/H264', { 'level-asymmetry-allowed': 1, 'packetization-mode': 1, 'profile-level-id': '42e01f' }],
      ['video/H265', { 'level-id': 180, 'profile-id': 1, 'tier-flag': 0, 'tx-mode': 'SRST' }],
      ['video/AV1', { 'level-idx': 5, profile: 0, tier: 0 }],
      ['video/rtx', { apt: 96 }],
      ['video/rtx', { apt: 96, 'rtx-time': 3000 }],
      ['video/flexfec-03', { 'repair-window': 10_000_000 }],
    ];
    for (const [mimeType, parameters] of ofBrowsers) {
      expect(parametersLeft(mimeType, parameters), mimeType).toEqual(parameters);
      expect(parametersLeft(mimeType.toUpperCase(), parameters), mimeType).toEqual(parameters);
    }
  });

  test('a number may be a text, as in SDP', () => {
    expect(parametersLeft('video/H264', { 'packetization-mode': '1' })).toEqual({ 'packetization-mode': 1 });
  });

  test.each([
    ['audio/opus', 'stereo', [2, -1, 0.5, '1\n', ' 1', '+1', '1e0', '', true, null, {}, []]],
    ['audio/opus', 'maxaveragebitrate', [0, 5999, 510_001, -6000, 1e21, 'fast']],
    ['audio/opus', 'ptime', [0, 2, 121, 20.5]],
    ['audio/opus', 'maxplaybackrate', [7999, 48_001]],
    ['audio/multiopus', 'channel_mapping', ['0,', '0;1', '0,1\n', '1234', 0, '0,1,2,3,4,5,6,7,8']],
    ['video/VP9', 'profile-id', [4, -1]],
    ['video/VP8', 'max-fs', [-1, 2 ** 32, '99999999999']],
    ['video/H264', 'profile-level-id', ['42e01', '42e01f0', '42e01g', '42e01f\n', '', 420_029]],
    ['video/H264', 'packetization-mode', [3]],
    ['video/AV1', 'profile', [3]],
    ['video/AV1', 'level-idx', [32]],
    ['video/H265', 'tx-mode', ['srst', 'SRST;a=b']],
    ['video/rtx', 'apt', [128, -1, '96;rtx-time=1']],
  ])('%s: bad values of %s are refused', (mimeType, key, values) => {
    for (const value of values) {
      expect(parametersLeft(mimeType, { [key]: value }), JSON.stringify(value)).toBeUndefined();
    }
  });

  test('the error names the parameter', () => {
    const codecs = [{ ...vp8, parameters: { 'max-fs': -1 } }];
    const { error } = RtpParameters.safeParse({ ...sensible, codecs });
    expect(error?.issues[0]?.path).toEqual(['codecs', 0, 'parameters', 'max-fs']);
  });
});

describe('[M11] RTP parameters', () => {
  const BAD = ['', ' ', 'a b', 'a\n', '\r\n', 'a\0', 'a"b', 'a;b', 'a\u2028', 'é', '\ud800'];

  test.each<[string, string[], string[], (text: string) => Record<string, unknown>]>([
    [
      'cname',
      ['', 'Xa9+/Zz0QwErTy12', '{6b5f-}', 'u@h.example:1'],
      ['a'.repeat(65)],
      (cname) => ({ rtcp: { cname } }),
    ],
    ['mid', ['0', 'audio-1', '{a}'], ['a'.repeat(33), 'a:b', 'a/b'], (mid) => ({ mid })],
    ['rid', ['r0', 'hi_2', '-'], ['a'.repeat(33), 'a.b', '~a'], (rid) => ({ encodings: [{ rid }] })],
    [
      'scalabilityMode',
      ['L1T3', 'L3T3_KEY', 'S3T3h', 'L2T2_KEY_SHIFT'],
      ['L1T9', 'L9T1', 'L1T3x', 'l1t3', 'L1T3\n'],
      (scalabilityMode) => ({ encodings: [{ ssrc: 1, scalabilityMode }] }),
    ],
    [
      'mimeType',
      ['video/VP8', 'VIDEO/vp8', 'video/x-new.1'],
      ['video/', 'VP8', 'text/plain', 'video/VP8/1', `video/${'a'.repeat(33)}`],
      (mimeType) => ({ codecs: [{ ...vp8, mimeType }] }),
    ],
    [
      'type of feedback',
      ['nack', 'goog-remb', 'transport-cc'],
      ['a'.repeat(33)],
      (type) => ({ codecs: [{ ...vp8, rtcpFeedback: [{ type }] }] }),
    ],
    [
      'address of a header extension',
      ['urn:3gpp:video-orientation', 'https://example.com/#new', 'a"b', 'a;b'],
      ['a'.repeat(257)],
      (uri) => ({ headerExtensions: [{ uri, id: 1 }] }),
    ],
  ])('%s has the grammar of SDP', (_name, good, bad, changes) => {
    for (const text of good) expect(passes(changes(text)), text).toBe(true);
    const bads = BAD.filter((text) => !good.includes(text));
    for (const text of [...bads, ...bad]) expect(passes(changes(text)), JSON.stringify(text)).toBe(false);
  });

  test.each<[string, unknown[], (value: unknown) => Record<string, unknown>]>([
    ['clockRate', [0, -1, 0.5, 2 ** 32, '90000'], (clockRate) => ({ codecs: [{ ...vp8, clockRate }] })],
    ['payloadType', [-1, 128, 96.5, '96'], (payloadType) => ({ codecs: [{ ...vp8, payloadType }] })],
    ['channels', [0, 9], (channels) => ({ codecs: [{ ...vp8, channels }] })],
    ['ssrc', [-1, 2 ** 32, 0.5], (ssrc) => ({ encodings: [{ ssrc }] })],
    ['rtx.ssrc', [-1, 2 ** 32], (ssrc) => ({ encodings: [{ ssrc: 1, rtx: { ssrc } }] })],
    [
      'maxBitrate',
      [0, -1, 2 ** 32, 2 ** 53, 0.5],
      (maxBitrate) => ({ encodings: [{ ssrc: 1, maxBitrate }] }),
    ],
    [
      'id of a header extension',
      [0, -1, 256, 1.5],
      (id) => ({ headerExtensions: [{ uri: 'urn:3gpp:video-orientation', id }] }),
    ],
  ])('%s is in its range', (_name, values, changes) => {
    for (const value of values) expect(passes(changes(value)), String(value)).toBe(false);
  });

  test('header extensions that mediasoup does not know are dropped, and so are the parameters of others', () => {
    const uri = 'urn:3gpp:video-orientation';
    const headerExtensions = [
      { uri: 'urn:example:unheard-of', id: 7 },
      { uri, id: 8, parameters: { a: '\n' } },
    ];
    const checked = RtpParameters.parse({ ...sensible, headerExtensions, msid: 'a\n' });
    expect(checked).toEqual({ ...sensible, headerExtensions: [{ uri, id: 8 }] });
  });

  test('no codec comes twice: two would become one payload type of the router', () => {
    const other = { ...vp8, mimeType: 'video/vp8', payloadType: 98 };
    expect(passes({ codecs: [vp8, rtx] })).toBe(true);
    expect(passes({ codecs: [vp8, other] })).toBe(false);
    expect(passes({ codecs: [vp8, rtx, { ...rtx, payloadType: 99 }] })).toBe(false);
    const vp9 = { ...vp8, mimeType: 'video/VP9', payloadType: 98 };
    expect(passes({ codecs: [vp8, rtx, vp9, { ...rtx, payloadType: 99, parameters: { apt: 98 } }] })).toBe(
      true,
    );
  });

  test('all codecs are of the kind of the source', () => {
    const opus = { mimeType: 'audio/opus', payloadType: 111, clockRate: 48000, channels: 2 };
    const produce = (source: string, ...codecs: object[]) =>
      methods.produce.params.safeParse({
        id: '5e0f6b0e-8b8f-4c7e-9f0b-1d6f4a0f2c11',
        source,
        rtpParameters: { ...sensible, codecs },
      }).success;
    expect(produce('mic', opus)).toBe(true);
    expect(produce('camera', vp8, rtx)).toBe(true);
    expect(produce('mic', vp8)).toBe(false);
    expect(produce('screen-audio', opus, vp8)).toBe(false);
    expect(produce('screen', opus)).toBe(false);
    expect(produce('camera', vp8, { ...opus, mimeType: 'AUDIO/opus' })).toBe(false);
  });
});

describe('[J3] capabilities', () => {
  const codec = { kind: 'video', mimeType: 'video/VP8', preferredPayloadType: 96, clockRate: 90000 };

  test('are bounded in number', () => {
    const extension = { kind: 'video', uri: 'urn:3gpp:video-orientation', preferredId: 1 };
    expect(RtpCapabilities.safeParse({ codecs: Array(64).fill(codec) }).success).toBe(true);
    expect(RtpCapabilities.safeParse({ codecs: Array(65).fill(codec) }).success).toBe(false);
    expect(RtpCapabilities.safeParse({ headerExtensions: Array(65).fill(extension) }).success).toBe(false);
  });

  test('keep what is known of codecs and header extensions', () => {
    const known = { kind: 'video', uri: 'urn:3gpp:video-orientation', preferredId: 1 };
    const checked = RtpCapabilities.parse({
      codecs: [{ ...codec, parameters: { 'max-fs': 1, pad: 'x'.repeat(1000) } }],
      headerExtensions: [{ ...known, uri: 'urn:example:unheard-of' }, known],
    });
    expect(checked).toEqual({
      codecs: [{ ...codec, parameters: { 'max-fs': 1 } }],
      headerExtensions: [known],
    });
  });

  test('of a codec that is said to be of another kind are refused', () => {
    expect(RtpCapabilities.safeParse({ codecs: [{ ...codec, kind: 'audio' }] }).success).toBe(false);
  });
});

test('[J3] a fingerprint has the length of its algorithm', () => {
  const bytes = (count: number) => Array(count).fill('AB').join(':');
  const passesWith = (algorithm: string, value: string) =>
    DtlsParameters.safeParse({ role: 'client', fingerprints: [{ algorithm, value }] }).success;
  expect(passesWith('sha-256', bytes(32))).toBe(true);
  expect(passesWith('sha-512', bytes(64))).toBe(true);
  expect(passesWith('sha-256', bytes(20))).toBe(false);
  expect(passesWith('sha-1', bytes(32))).toBe(false);
  expect(passesWith('sha-256', `${bytes(32)}\n`)).toBe(false);
  expect(passesWith('md5', bytes(20))).toBe(false);
});
