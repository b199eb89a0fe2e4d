/** A line that carries less than a peer shows: what gives way, what the peer is told, and how it comes back. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { LagProxy } from '../../scripts/bench/lag-proxy.ts';
import { Arrivals, followDeliveries, lossOf, through } from '../../scripts/bench/watcher.ts';
import { Generator } from '../../scripts/load/generator.ts';
import { type ExpectedStream, LoadPeer, type Plan } from '../../scripts/load/peer.ts';
import { signedTokens } from '../../scripts/load/tokens.ts';
import { RtpCapabilities } from '../../src/protocol/media.ts';
import { RawClient } from '../support/raw-client.ts';
import { SECRET, startServer, type TestServer } from '../support/server.ts';
import { COMPILE_MS, compile, missingCompiler } from '../unit/scripts/load/compiled.ts';

const reason = await missingCompiler();
const FAR = '127.0.0.2';

describe.skipIf(reason)('a short line', () => {
  let server: TestServer;
  let generator: Generator;
  let router: RtpCapabilities;
  let arrivals: Arrivals;

  beforeAll(async () => {
    generator = await Generator.start(await compile());
    arrivals = new Arrivals(generator);
    server = await startServer();
    const answer = await fetch(`${server.url}/aq_server/capabilities`);
    router = RtpCapabilities.parse(((await answer.json()) as { rtpCapabilities: unknown }).rtpCapabilities);
  }, COMPILE_MS);
  afterAll(async () => {
    await generator.close();
    await server.close();
  });

  /** A way to the media port of the server that can be made short. */
  async function openProxy(): Promise<LagProxy> {
    const client = await RawClient.open(server);
    const port = client.welcome.recv.iceCandidates[0]?.port ?? 0;
    await client.close();
    const path = { delayMs: 20 };
    const proxy = await LagProxy.open({
      listen: { host: FAR, port: 0 },
      target: { host: '127.0.0.1', port },
      path,
    });
    onTestFinished(() => proxy.close());
    return proxy;
  }

  /** Joins; what this peer receives comes through the proxy, where there is one. */
  async function join(plan: Pick<Plan, 'room' | 'userId' | 'publish'>, proxy?: LagProxy) {
    const streams: ExpectedStream[] = [];
    const peer = await LoadPeer.join(
      {
        url: server.url,
        generator: proxy ? through(generator, proxy, FAR) : generator,
        router,
        makeToken: signedTokens(SECRET),
        onStream: (stream) => streams.push(stream),
      },
      { ...plan, simulcast: true, bitrate: 1_200_000, speaking: true, dtx: false },
    );
    onTestFinished(() => peer.leave());
    return { peer, streams };
  }

  test('[V6] sound is whole, videos are reduced or paused with a word, and come back', async () => {
    const room = 'thin';
    for (const userId of ['anna', 'ben']) await join({ room, userId, publish: ['audio', 'video'] });
    const proxy = await openProxy();
    const { peer, streams } = await join({ room, userId: 'cora', publish: [] }, proxy);
    const deliveries = followDeliveries(peer);
    const settle = { timeout: 60_000, interval: 0 };
    const flowing = async (ms: number) =>
      (await arrivals.of(streams, ms)).filter(({ packets }) => packets > 0);
    await expect.poll(() => flowing(500), settle).toHaveLength(4);

    proxy.path = { delayMs: 20, bandwidth: 300_000, queueMs: 300 };
    await expect.poll(() => deliveries.size, settle).toBe(2);
    // From here on sound is whole, and each video moves or is said to be paused.
    await expect.poll(async () => lossOf(await arrivals.of(streams, 3000), 'audio'), settle).toBe(0);
    const thin = await arrivals.of(streams, 5000);
    expect(lossOf(thin, 'audio')).toBeLessThan(0.005);
    const moving = thin.filter(({ kind, packets }) => kind === 'video' && packets > 0);
    const paused = [...deliveries.values()].filter(({ delivery }) => delivery === 'paused');
    expect(moving.length + paused.length).toBeGreaterThanOrEqual(2);
    expect(new Set([...deliveries.values()].map(({ reason }) => reason))).toEqual(new Set(['bandwidth']));

    proxy.path = { delayMs: 20 };
    await expect.poll(() => deliveries.size, settle).toBe(0);
    await expect.poll(() => flowing(500), settle).toHaveLength(4);
  }, 240_000);
});
