/** What the tests of `src/sdp` share: capabilities of a real router, and a transport as mediasoup describes one. */
import { createWorker } from 'mediasoup';
import type { RtpCapabilities } from 'mediasoup/types';
import { parse } from 'sdp-transform';
import { expect } from 'vitest';
import { MEDIA_CODECS } from '../../../src/media/codecs.ts';
import type { ServerTransport } from '../../../src/sdp/writing.ts';

/** What the routers of this server can do. */
export async function routerCapabilities(): Promise<RtpCapabilities> {
  const worker = await createWorker({ logLevel: 'error' });
  const router = await worker.createRouter({ mediaCodecs: MEDIA_CODECS });
  worker.close();
  return router.rtpCapabilities;
}

export const transport: ServerTransport = {
  iceParameters: { usernameFragment: 'serverfragment', password: 'p'.repeat(32), iceLite: true },
  iceCandidates: [
    {
      foundation: 'udpcandidate',
      priority: 1_076_302_079,
      ip: '192.0.2.7',
      address: '192.0.2.7',
      protocol: 'udp',
      port: 40_000,
      type: 'host',
    },
    {
      foundation: 'tcpcandidate',
      priority: 1_076_276_479,
      ip: '192.0.2.7',
      address: '192.0.2.7',
      protocol: 'tcp',
      port: 40_000,
      type: 'host',
      tcpType: 'passive',
    },
  ],
  dtlsParameters: {
    role: 'auto',
    fingerprints: [{ algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') }],
  },
};

/** The sections of a description: `mid type port direction`. */
export function outline(sdp: string): string[] {
  return parse(sdp).media.map(({ mid, type, port, direction }) => `${mid} ${type} ${port} ${direction}`);
}

/** The lines of one section of a description, by its `mid`. */
export function linesOf(sdp: string, mid: string): string[] {
  const sections = sdp.split(/(?=^m=)/m);
  const section = sections.find((lines) => lines.includes(`\r\na=mid:${mid}\r\n`));
  return section?.split('\r\n').filter(Boolean) ?? [];
}

/** Nothing that came in may make a line of its own: each line has a form that this server writes. */
export function expectOwnLines(sdp: string): void {
  const known =
    /^(v=0|o=- \d+ \d+ IN IP4 127\.0\.0\.1|s=-|t=0 0|c=IN IP4 0\.0\.0\.0|m=\w* \d+ [\w/]* .*|a=(ice-lite|group:BUNDLE .+|msid-semantic: WMS \*|rtpmap:\d+ [\w.-]+\/\d+(\/\d+)?|fmtp:\d+ [^\s;]+(;[^\s;]+)*|rtcp-fb:\d+ [\w-]+( [\w-]+)?|extmap:\d+ \S+|extmap-allow-mixed|setup:(passive|active|actpass)|mid:[^\s]+|(recvonly|sendonly|inactive)|msid:\S+ \S+|ice-ufrag:serverfragment|ice-pwd:p{32}|fingerprint:sha-256 [AB:]+|candidate:(udp|tcp)candidate 1 (udp|tcp) \d+ 192\.0\.2\.7 40000 typ host( tcptype passive)?|end-of-candidates|rtcp-mux|rtcp-rsize|ssrc:\d+ (cname:\S+|msid:\S+ \S+)|ssrc-group:FID \d+ \d+|rid:[\w-]+ recv|simulcast:recv [\w;-]+))$/;
  const strange = sdp.split('\r\n').filter((line) => line !== '' && !known.test(line));
  expect(strange).toEqual([]);
}
