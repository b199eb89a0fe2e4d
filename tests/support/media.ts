/** Media parameters as browsers send them. */
import { randomInt, randomUUID } from 'node:crypto';
import type { ParamsIn } from '../../src/protocol/methods.ts';

const TWCC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';

/** A fingerprint of the right form; no handshake is done with it. */
export const fingerprints = [
  { algorithm: 'sha-256' as const, value: Array.from({ length: 32 }, () => 'AB').join(':') },
];

const opus = { mimeType: 'audio/opus', clockRate: 48000, channels: 2 };
const vp8 = { mimeType: 'video/VP8', clockRate: 90000 };

/** What a browser says that it can receive. */
export const rtpCapabilities: ParamsIn<'join'>['rtpCapabilities'] = {
  codecs: [
    { kind: 'audio', ...opus, preferredPayloadType: 100 },
    { kind: 'video', ...vp8, preferredPayloadType: 101, rtcpFeedback: [{ type: 'nack', parameter: 'pli' }] },
  ],
  headerExtensions: [{ kind: 'video', uri: TWCC, preferredId: 5 }],
};

/** A microphone or a camera, with an SSRC of its own; `changes` go over the RTP parameters. */
export function track(
  source: 'mic' | 'camera' | 'screen' | 'screen-audio',
  changes: Record<string, unknown> = {},
): ParamsIn<'produce'> {
  const audio = source === 'mic' || source === 'screen-audio';
  const codec = audio ? { ...opus, payloadType: 111 } : { ...vp8, payloadType: 96 };
  return {
    id: randomUUID(),
    source,
    rtpParameters: {
      mid: String(randomInt(1e6)),
      codecs: [codec],
      encodings: [{ ssrc: randomInt(1, 0xffffffff) }],
      rtcp: { cname: 'test' },
      ...changes,
    },
  };
}
