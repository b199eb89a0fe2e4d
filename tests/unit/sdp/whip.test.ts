/** Offers of real clients that publish, and what is answered. */

import type { RtpCapabilities } from 'mediasoup/types';
import { beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../../src/lib/errors.ts';
import { RtpParameters } from '../../../src/protocol/media.ts';
import { DtlsParameters } from '../../../src/protocol/transports.ts';
import { readPayloadTypes } from '../../../src/sdp/section-codecs.ts';
import { type PublishOffer, readPublishOffer, writePublishAnswer } from '../../../src/sdp/whip.ts';
import { DATA_SECTION, publishOffers, readOffer } from './corpus.ts';
import { expectOwnLines, linesOf, outline, routerCapabilities, transport } from './helpers.ts';

let capabilities: RtpCapabilities;

beforeAll(async () => {
  capabilities = await routerCapabilities();
});

const read = (sdp: string): PublishOffer => readPublishOffer(sdp, capabilities);
const answer = (sdp: string): string => writePublishAnswer(read(sdp), { transport, sessionId: 7 });
const offerOf = (client: string): string => readOffer(`publish-${client}.sdp`);

describe('an offer', () => {
  test.each([
    ['aiortc', ['0 audio/opus 96 ssrc', '1 video/VP8 97+98 ssrc+rtx']],
    ['chromium', ['0 audio/opus 111 ssrc', '1 video/VP8 96+97 ssrc+rtx']],
    ['chromium-h264', ['0 audio/opus 111 ssrc', '1 video/H264 108+109 ssrc+rtx']],
    ['chromium-simulcast', ['0 audio/opus 111 ssrc', '1 video/VP8 96+97 q,h,f']],
    ['chromium-vp9', ['0 audio/opus 111 ssrc', '1 video/VP9 98+99 ssrc+rtx']],
    ['firefox', ['0 audio/opus 109 ssrc', '1 video/VP8 120+124 ssrc+rtx']],
    ['gstreamer-h264', ['video0 video/H264 102+96 ssrc+rtx', 'audio1 audio/OPUS 97 ssrc']],
    ['gstreamer-vp8', ['video0 video/VP8 96+98 ssrc+rtx', 'audio1 audio/OPUS 97 ssrc']],
    ['gstreamer-vp9', ['video0 video/VP9 98+96 ssrc+rtx', 'audio1 audio/OPUS 97 ssrc']],
    ['node-datachannel', ['0 audio/opus 111 ssrc', '1 video/H264 96 ssrc']],
    ['pion', ['0 video/VP8 96+97 ssrc', '1 audio/opus 111 ssrc']],
    ['werift', ['0 video/VP8 97 ssrc', '1 audio/OPUS 96 ssrc']],
    ['wrtc', ['0 video/VP8 96+97 ssrc+rtx', '1 audio/opus 111 ssrc']],
  ])('of %s', (client, expected) => {
    const { publications, dtlsParameters, rejected } = read(offerOf(client));
    expect(publications.map(({ rtpParameters }) => summary(rtpParameters))).toEqual(expected);
    expect(dtlsParameters.role).toBe('client');
    expect(rejected.size).toBe(0);
  });

  test('of every client is in the table above', () => {
    expect(publishOffers).toHaveLength(13);
  });

  test.each(publishOffers)('%s obeys the rules of produce and connect', (file) => {
    const { publications, dtlsParameters } = read(readOffer(file));
    expect(DtlsParameters.parse(dtlsParameters)).toEqual(dtlsParameters);
    for (const { rtpParameters } of publications) {
      expect(RtpParameters.parse(rtpParameters)).toEqual(rtpParameters);
    }
  });

  test('of aiortc has header extension ids of their own in each section', () => {
    const [audio, video] = read(offerOf('aiortc')).publications;
    const second = (of: typeof audio) => of?.rtpParameters.headerExtensions?.find(({ id }) => id === 2)?.uri;
    expect(second(audio)).toBe('urn:ietf:params:rtp-hdrext:ssrc-audio-level');
    expect(second(video)).toBe('http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time');
  });

  test('with simulcast declares the temporal layers that Chromium sends', () => {
    const [, video] = read(offerOf('chromium-simulcast')).publications;
    expect(video?.rtpParameters.encodings).toEqual(
      ['q', 'h', 'f'].map((rid) => ({ rid, scalabilityMode: 'L1T3' })),
    );
  });

  test('with a SIM group has an encoding for each of its SSRCs', () => {
    const sim = [
      'a=ssrc-group:SIM 101 102',
      'a=ssrc-group:FID 101 201',
      'a=ssrc-group:FID 102 202',
      ...[101, 102, 201, 202].map((ssrc) => `a=ssrc:${ssrc} cname:sim`),
    ].join('\r\n');
    const [, video] = read(
      offerOf('chromium').replace(/a=ssrc-group:FID[\s\S]*$/, `${sim}\r\n`),
    ).publications;
    expect(video?.rtpParameters.encodings).toEqual([
      { ssrc: 101, rtx: { ssrc: 201 }, scalabilityMode: 'L1T3' },
      { ssrc: 102, rtx: { ssrc: 202 }, scalabilityMode: 'L1T3' },
    ]);
  });

  test('without SSRCs is told by the mid in its packets', () => {
    const [, video] = read(offerOf('chromium').replace(/^a=ssrc.*\r\n/gm, '')).publications;
    expect(video?.rtpParameters.encodings).toEqual([{}]);
  });

  test('has no payload types but those of seven bits, each once', () => {
    const odd = offerOf('chromium').replace(
      'm=video 9 UDP/TLS/RTP/SAVPF 96',
      'm=video 9 UDP/TLS/RTP/SAVPF 128 9999 x 96 96',
    );
    expect(read(odd).publications).toEqual(read(offerOf('chromium')).publications);
    expect(readPayloadTypes('128 9999 x 96 96 -1 0 1e1 111')).toEqual([96, 0, 111]);
  });

  test('may have any canonical name, which goes no further', () => {
    const odd = offerOf('chromium').replace(/cname:\S+/g, 'cname:user@[::1] "x" <b>');
    expect(read(odd).publications).toEqual(read(offerOf('chromium')).publications);
    expect(JSON.stringify(read(offerOf('pion')).publications)).not.toContain('cname');
  });

  test('names the stream of a track', () => {
    expect(read(offerOf('pion')).publications.map(({ streamId }) => streamId)).toEqual(['pion', 'pion']);
  });
});

describe('an answer', () => {
  test.each(publishOffers)('to %s has its sections in its order', (file) => {
    const offer = readOffer(file);
    const sdp = writePublishAnswer(read(offer), { transport, sessionId: 7 });
    const mids = outline(offer).map((line) => line.split(' ', 2).join(' '));
    expect(outline(sdp)).toEqual(mids.map((line) => `${line} 9 recvonly`));
    expectOwnLines(sdp);
  });

  test('is passive, ICE-lite, bundled, and has all candidates in its first section', () => {
    const sdp = answer(offerOf('chromium'));
    expect(sdp).toContain('\r\na=ice-lite\r\n');
    expect(sdp).toContain('\r\na=group:BUNDLE 0 1\r\n');
    const [audio, video] = [linesOf(sdp, '0'), linesOf(sdp, '1')];
    for (const line of ['a=setup:passive', 'a=ice-ufrag:serverfragment', 'a=rtcp-mux']) {
      expect(audio).toContain(line);
      expect(video).toContain(line);
    }
    expect(audio.filter((line) => line.startsWith('a=candidate:'))).toHaveLength(2);
    expect(audio).toContain('a=end-of-candidates');
    expect(video.filter((line) => line.startsWith('a=candidate:'))).toEqual([]);
  });

  test('has one codec for each track, under the payload type of the offer', () => {
    const video = linesOf(answer(offerOf('chromium-h264')), '1');
    expect(video[0]).toBe('m=video 9 UDP/TLS/RTP/SAVPF 108 109');
    expect(video).toContain('a=rtpmap:108 H264/90000');
    expect(video).toContain('a=fmtp:109 apt=108');
  });

  test('asks Chromium for a quick start', () => {
    expect(linesOf(answer(offerOf('chromium')), '1')).toContain('a=fmtp:96 x-google-start-bitrate=1000');
  });

  test('asks for stereo where stereo is offered', () => {
    expect(answer(offerOf('node-datachannel'))).toMatch(/a=fmtp:111 .*\bstereo=1/);
    expect(answer(offerOf('chromium'))).not.toContain('stereo');
  });

  test('takes all layers of simulcast', () => {
    const video = linesOf(answer(offerOf('chromium-simulcast')), '1');
    for (const line of ['a=simulcast:recv q;h;f', 'a=rid:q recv', 'a=rid:h recv', 'a=rid:f recv']) {
      expect(video).toContain(line);
    }
  });

  test('is active for a client that wants to be passive', () => {
    const offer = offerOf('chromium').replaceAll('a=setup:actpass', 'a=setup:passive');
    expect(read(offer).dtlsParameters.role).toBe('server');
    expect(answer(offer)).toContain('a=setup:active');
  });

  test('rejects data channels and what sends nothing with port 0, and does not bundle them', () => {
    const extra = offerOf('pion').replace('a=group:BUNDLE 0 1', 'a=group:BUNDLE 0 1 data');
    const sdp = answer(extra + DATA_SECTION);
    expect(outline(sdp)).toEqual(['0 video 9 recvonly', '1 audio 9 recvonly', 'data application 0 inactive']);
    expect(sdp).toContain('m=application 0 UDP/DTLS/SCTP webrtc-datachannel');
    expect(sdp).toContain('a=group:BUNDLE 0 1\r\n');
    expect(read(extra + DATA_SECTION).rejected.get('data')).toBe('it carries neither audio nor video');
    const mute = offerOf('chromium').replace('a=sendonly', 'a=inactive');
    expect(outline(answer(mute))).toEqual(['0 audio 0 inactive', '1 video 9 recvonly']);
  });

  test('takes port 0 for a rejection unless the section is bundle-only', () => {
    expect(outline(answer(offerOf('gstreamer-vp8')))).toEqual([
      'video0 video 9 recvonly',
      'audio1 audio 9 recvonly',
    ]);
    const without = offerOf('gstreamer-vp8').replace('a=bundle-only\r\n', '');
    expect(outline(answer(without))).toEqual(['video0 video 9 recvonly', 'audio1 audio 0 inactive']);
  });
});

describe('refused is', () => {
  const chromium = offerOf('chromium');
  const video = chromium.slice(chromium.indexOf('m=video'));

  test.each([
    ['what is no description', 'hello'],
    ['an empty text', ''],
    ['a description without sections', 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n'],
    ['one that is too long', chromium + 'a=x\r\n'.repeat(60_000)],
    ['one with too many lines', chromium + 'a=x\r\n'.repeat(12_000)],
    ['too many sections', chromium + DATA_SECTION.repeat(200)],
    ['a section without mid', chromium.replace('a=mid:0\r\n', '')],
    ['a mid that is no token', chromium.replace('a=mid:0', 'a=mid:"<0>"')],
    ['the same mid twice', chromium.replace('a=mid:1', 'a=mid:0')],
    ['no fingerprint', chromium.replace(/a=fingerprint.*\r\n/g, '')],
    ['a fingerprint with an unknown hash', chromium.replaceAll('fingerprint:sha-256', 'fingerprint:md5')],
    ['a malformed fingerprint', chromium.replace(/fingerprint:sha-256 \S+/g, 'fingerprint:sha-256 12:34')],
    ['no setup', chromium.replace(/a=setup.*\r\n/g, '')],
    ['no ICE credentials', chromium.replace(/a=ice-ufrag.*\r\n/g, '')],
    ['a short ICE password', chromium.replace(/a=ice-pwd.*\r\n/g, 'a=ice-pwd:short\r\n')],
    ['no rtcp-mux', chromium.replace(/a=rtcp-mux\r\n/g, '')],
    ['no bundle', chromium.replace(/a=group.*\r\n/g, '')],
    ['RTP without DTLS', chromium.replaceAll('UDP/TLS/RTP/SAVPF', 'RTP/AVP')],
    ['two videos', chromium.replace('BUNDLE 0 1', 'BUNDLE 0 1 2') + video.replace('a=mid:1', 'a=mid:2')],
    ['nothing that sends', chromium.replaceAll('a=sendonly', 'a=recvonly')],
    ['nothing but data', `${chromium.slice(0, chromium.indexOf('m='))}${DATA_SECTION}`],
    [
      'a video without a codec that is known',
      chromium.replace(/a=rtpmap:\d+ (VP8|VP9|H264|AV1)/g, 'a=rtpmap:1 X'),
    ],
    [
      'simulcast that packets do not tell',
      offerOf('chromium-simulcast').replace(/a=extmap:\d+ urn:ietf.*\r\n/g, ''),
    ],
    ['neither SSRCs nor mids', chromium.replace(/^a=(ssrc|extmap:\d+ urn).*\r\n/gm, '')],
    ['an SSRC of more than 32 bits', chromium.replace(/a=ssrc:\d+/g, 'a=ssrc:99999999999')],
    ['five layers', simulcastOf(5)],
  ])('%s', (_, sdp) => {
    const error = refusalOf(() => read(sdp));
    expect(error.code).toBe('invalid_media');
    expect(error.message).toMatch(/^[\w ,:;.()"/<=>-]{1,200}$/);
  });

  function simulcastOf(count: number): string {
    const rids = Array.from({ length: count }, (_, n) => `r${n}`);
    const lines = rids.map((rid) => `a=rid:${rid} send\r\n`).join('');
    const offer = offerOf('chromium-simulcast').replace(/a=(rid|simulcast):.*\r\n/g, '');
    return `${offer}${lines}a=simulcast:send ${rids.join(';')}\r\n`;
  }
});

test('what a client writes into its lines makes no lines of the answer', () => {
  const offer = offerOf('chromium')
    .replace(/a=fmtp:111 .*/, 'a=fmtp:111 minptime=10;x="<b>"; y=z q;__proto__=1;constructor=2')
    .replaceAll('a=rtcp-fb:96 nack pli', 'a=rtcp-fb:96 nack pli x=y');
  expectOwnLines(answer(offer));
});

function summary({ mid, codecs: [codec, rtx], encodings }: RtpParameters): string {
  const [encoding] = encodings;
  const streams =
    encoding?.ssrc === undefined
      ? encodings.map(({ rid }) => rid).join()
      : `ssrc${encoding.rtx ? '+rtx' : ''}`;
  return `${mid} ${codec?.mimeType} ${codec?.payloadType}${rtx ? `+${rtx.payloadType}` : ''} ${streams}`;
}

function refusalOf(call: () => unknown): AppError {
  try {
    call();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
