/**
 * Whatever RTP parameters pass the schema: the SDP that mediasoup-client writes for a consumer made of them has lines of known
 * shapes alone, and is read as it was written.
 */
import fc from 'fast-check';
import { RemoteSdp } from 'mediasoup-client/handlers/sdp/RemoteSdp';
import { parse, write } from 'sdp-transform';
import { describe, expect, test } from 'vitest';
import { ROUTER_CAPABILITIES } from '../../../src/media/codecs.ts';
import { isOfKind, type Kind, RtpCapabilities, RtpParameters } from '../../../src/protocol/media.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { consumerParameters, receiverCapabilities, senderParameters, spoilt } from '../../support/rtp.ts';

const seed = Number(process.env.FUZZ_SEED) || Math.floor(Math.random() * 2 ** 31);
const RUNS = propertyRuns(400);
const TRACK_ID = '1b7a0b1c-0d5e-4a51-9c5a-3f5d0a3b7f10';
const STREAM_ID = '6a0ff1c2-7a36-4a0c-8f0e-5f4f9bd3e0aa';

/** The lines of a description with one section, in order, as mediasoup-client writes them. */
const LINES = [
  /^v=0$/,
  /^o=mediasoup-client-v[\d.]+ 10000 1 IN IP4 0\.0\.0\.0$/,
  /^s=-$/,
  /^t=0 0$/,
  /^a=extmap-allow-mixed$/,
  /^a=fingerprint:sha-256 AA(:AA){31}$/,
  /^a=ice-options:(ice2|renomination)$/,
  /^a=msid-semantic: WMS \*$/,
  /^a=group:BUNDLE 0$/,
  /^m=(audio|video) 7 UDP\/TLS\/RTP\/SAVPF( \d{1,3}){1,2}$/,
  /^c=IN IP4 127\.0\.0\.1$/,
  /^a=rtpmap:\d{1,3} (opus\/48000\/2|PCMU\/8000|(VP8|VP9|H264|AV1|rtx)\/90000)$/,
  /^a=fmtp:\d{1,3} [a-z-]+=[\dA-Fa-f]{1,10}(;[a-z-]+=[\dA-Fa-f]{1,10})*$/,
  /^a=rtcp-fb:\d{1,3} (nack|nack pli|ccm fir|goog-remb|transport-cc) ?$/,
  /^a=extmap:(1[0-2]|[1-9]) (urn|https?):[\w.:/#-]+$/,
  /^a=setup:actpass$/,
  /^a=mid:0$/,
  new RegExp(`^a=msid:${STREAM_ID} ${TRACK_ID}$`),
  /^a=sendonly$/,
  /^a=ice-(ufrag:user|pwd:password)$/,
  /^a=candidate:1 1 udp 1 192\.0\.2\.1 40000 typ host tcptype passive$/,
  /^a=end-of-candidates$/,
  /^a=ssrc:\d{9} cname:[\w.+/=@:{}~-]{1,64}$/,
  /^a=ssrc-group:FID \d{9} \d{9}$/,
  /^a=rtcp-mux$/,
  /^a=rtcp-rsize$/,
];
/** Of these there is exactly one. */
const ONCE = ['v=', 'm=', 'a=group:', 'a=mid:', 'a=msid:', 'a=candidate:', 'a=fingerprint:', 'a=ice-ufrag:'];

function descriptionOf(kind: Kind, parameters: ReturnType<typeof consumerParameters>): string {
  // As the SDK: mediasoup-client has no name for it.
  const headerExtensions = (parameters.headerExtensions ?? []).flatMap(({ uri, ...extension }) =>
    uri === 'urn:ietf:params:rtp-hdrext:toffset' ? [] : [{ uri, ...extension }],
  );
  const offerRtpParameters = { ...parameters, headerExtensions };
  const sdp = new RemoteSdp({
    iceParameters: { usernameFragment: 'user', password: 'password' },
    iceCandidates: [
      {
        ...{ foundation: '1', priority: 1, address: '192.0.2.1', ip: '192.0.2.1' },
        ...{ protocol: 'udp', port: 40000, type: 'host', tcpType: 'passive' },
      },
    ],
    dtlsParameters: {
      role: 'auto',
      fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('AA').join(':') }],
    },
  });
  sdp.receive({ mid: '0', kind, offerRtpParameters, streamId: STREAM_ID, trackId: TRACK_ID });
  return sdp.getSdp();
}

/** The consumer's parameters; undefined where somebody on the way refuses these. */
function consumerOf(kind: Kind, parameters: unknown, capabilities: unknown = ROUTER_CAPABILITIES) {
  const checked = RtpParameters.safeParse(parameters);
  const theirs = RtpCapabilities.safeParse(capabilities);
  if (!checked.success || !theirs.success || !isOfKind(kind, checked.data)) return undefined;
  try {
    return consumerParameters(kind, checked.data, theirs.data);
  } catch {
    return undefined;
  }
}

function unknownLines(sdp: string): string[] {
  const lines = sdp.split('\r\n').slice(0, -1);
  const twice = ONCE.filter((start) => lines.filter((line) => line.startsWith(start)).length !== 1);
  return [...lines.filter((line) => !LINES.some((shape) => shape.test(line))), ...twice];
}

describe.each(['audio', 'video'] as const)('%s', (kind) => {
  test(`what a browser sends passes, seed ${seed}`, () => {
    fc.assert(
      fc.property(senderParameters(kind), (parameters) => {
        const checked = RtpParameters.safeParse(JSON.parse(JSON.stringify(parameters)));
        expect(checked.error).toBeUndefined();
      }),
      { seed, numRuns: RUNS },
    );
  });

  test(`what passes makes SDP of known lines, which is read as it was written, seed ${seed}`, () => {
    let made = 0;
    fc.assert(
      fc.property(spoilt(senderParameters(kind)), (parameters) => {
        const consumer = consumerOf(kind, JSON.parse(JSON.stringify(parameters)));
        if (!consumer) return;
        made++;
        const sdp = descriptionOf(kind, consumer);
        expect(unknownLines(sdp)).toEqual([]);
        expect(write(parse(sdp))).toBe(sdp);
      }),
      { seed, numRuns: RUNS },
    );
    expect(made).toBeGreaterThan(RUNS / 10);
  });

  test(`all that reaches others of a producer is short, seed ${seed}`, () => {
    fc.assert(
      fc.property(spoilt(senderParameters(kind), 10), (parameters) => {
        const consumer = consumerOf(kind, JSON.parse(JSON.stringify(parameters)));
        if (consumer) expect(JSON.stringify(consumer).length).toBeLessThan(3000);
      }),
      { seed, numRuns: RUNS },
    );
  });

  test(`the capabilities of a receiver put nothing else in its SDP, seed ${seed}`, () => {
    let made = 0;
    fc.assert(
      fc.property(senderParameters(kind), spoilt(receiverCapabilities), (parameters, capabilities) => {
        const theirs = JSON.parse(JSON.stringify(capabilities));
        const consumer = consumerOf(kind, parameters, theirs);
        if (!consumer) return;
        made++;
        const sdp = descriptionOf(kind, consumer);
        expect(sdp.split('\r\n').filter((line) => /[^\x20-\x7e]/.test(line))).toEqual([]);
        expect(write(parse(sdp))).toBe(sdp);
      }),
      { seed, numRuns: RUNS },
    );
    expect(made).toBeGreaterThan(RUNS / 20);
  });
});
