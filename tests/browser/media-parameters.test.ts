/** Whatever media parameters the server takes of a publisher: Chromium takes a description with consumers made of them. */
import fc from 'fast-check';
import { RemoteSdp } from 'mediasoup-client/handlers/sdp/RemoteSdp';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isOfKind, type Kind, RtpCapabilities, RtpParameters } from '../../src/protocol/media.ts';
import { launchLight } from '../support/browser.ts';
import { consumerParameters, senderParameters, spoilt } from '../support/rtp.ts';
import { sdkPage } from '../support/sdk.ts';
import { startServer, type TestServer } from '../support/server.ts';

const seed = Number(process.env.FUZZ_SEED) || Math.floor(Math.random() * 2 ** 31);
const PRODUCERS = 1000;
const SECTIONS = 20;

let server: TestServer;
let browser: Browser;
let page: Page;
/** What this browser says that it can receive. */
let capabilities: RtpCapabilities;

beforeAll(async () => {
  server = await startServer();
  browser = await launchLight();
  page = await sdkPage(browser, server.url, server.token(), async (unopened) => {
    unopened.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        const { method, params } = JSON.parse(String(payload));
        if (method === 'join') capabilities = RtpCapabilities.parse(params.rtpCapabilities);
      }),
    );
  });
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** The consumer of a producer with these parameters; nothing where somebody on the way refuses them. */
function consumersOf(kind: Kind, parameters: unknown) {
  const checked = RtpParameters.safeParse(JSON.parse(JSON.stringify(parameters)));
  if (!checked.success || !isOfKind(kind, checked.data)) return [];
  try {
    return [{ kind, parameters: consumerParameters(kind, checked.data, capabilities) }];
  } catch {
    return [];
  }
}

function describe(consumers: ReturnType<typeof consumersOf>): string {
  const fingerprint = { algorithm: 'sha-256' as const, value: Array(32).fill('AA').join(':') };
  const sdp = new RemoteSdp({
    iceParameters: { usernameFragment: 'user', password: 'password-of-22-letters' },
    iceCandidates: [],
    dtlsParameters: { role: 'auto', fingerprints: [fingerprint] },
  });
  for (const [n, { kind, parameters }] of consumers.entries()) {
    // As the SDK: mediasoup-client has no name for it.
    const headerExtensions = (parameters.headerExtensions ?? []).flatMap(({ uri, ...extension }) =>
      uri === 'urn:ietf:params:rtp-hdrext:toffset' ? [] : [{ uri, ...extension }],
    );
    const offerRtpParameters = { ...parameters, headerExtensions };
    sdp.receive({ mid: String(n), kind, offerRtpParameters, streamId: `stream-${n}`, trackId: `track-${n}` });
  }
  return sdp.getSdp();
}

test(`Chromium refuses no consumer of a producer that the server takes, seed ${seed}`, async () => {
  const consumers = (['audio', 'video'] as const).flatMap((kind) => {
    const samples = fc.sample(spoilt(senderParameters(kind)), { seed, numRuns: PRODUCERS / 2 });
    return samples.flatMap((parameters) => consumersOf(kind, parameters));
  });
  expect(consumers.length).toBeGreaterThan(PRODUCERS / 5);
  for (let first = 0; first < consumers.length; first += SECTIONS) {
    const sdp = describe(consumers.slice(first, first + SECTIONS));
    const answer = await page.evaluate(async (offer) => {
      const connection = new RTCPeerConnection();
      await connection.setRemoteDescription({ type: 'offer', sdp: offer });
      await connection.setLocalDescription();
      const { sdp: answered } = connection.localDescription ?? { sdp: '' };
      connection.close();
      return answered;
    }, sdp);
    const refused = answer.split('\r\n').filter((line) => /^m=\w+ 0 /.test(line));
    expect(refused, sdp).toEqual([]);
  }
});
