/** What a peer shows decides what it is sent: seen in the packets that arrive at simulated peers. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Generator, type StreamCounts } from '../../scripts/load/generator.ts';
import { type ExpectedStream, LoadPeer, type Plan } from '../../scripts/load/peer.ts';
import { signedTokens } from '../../scripts/load/tokens.ts';
import { type EventData, type EventName, events } from '../../src/protocol/events.ts';
import { RtpCapabilities } from '../../src/protocol/media.ts';
import type { ParamsIn } from '../../src/protocol/methods.ts';
import { RawClient } from '../support/raw-client.ts';
import { SECRET, startServer, type TestServer } from '../support/server.ts';
import { COMPILE_MS, compile, missingCompiler } from '../unit/scripts/load/compiled.ts';

const reason = await missingCompiler();
const BITRATE = 600_000;
/** The encoded pictures of the generator are 1280, 640 and 320 pixels wide. */
const SMALL = { width: 300, height: 170 };
const LARGE = { width: 1280, height: 720 };

describe.skipIf(reason)('attention', () => {
  let server: TestServer;
  let generator: Generator;
  let router: RtpCapabilities;
  const streams: ExpectedStream[] = [];
  const counts = new Map<number, StreamCounts>();

  beforeAll(async () => {
    generator = await Generator.start(await compile());
    generator.on('stream', (told) => counts.set(told.id, told));
    server = await startServer({ MAX_VIDEO_CONSUMERS_PER_PEER: '2' });
    const answer = await fetch(`${server.url}/aq_server/capabilities`);
    router = RtpCapabilities.parse(((await answer.json()) as { rtpCapabilities: unknown }).rtpCapabilities);
  }, COMPILE_MS);
  afterAll(async () => {
    await generator.close();
    await server.close();
  });

  /** A peer that sends a camera in three sizes, or watches. */
  async function join(room: string, userId: string, publish: Plan['publish']): Promise<LoadPeer> {
    const environment = {
      url: server.url,
      generator,
      router,
      makeToken: signedTokens(SECRET),
      onStream: (stream: ExpectedStream) => streams.push(stream),
    };
    const options = { simulcast: true, bitrate: BITRATE, speaking: false, dtx: false };
    const peer = await LoadPeer.join(environment, { room, userId, publish, ...options });
    onTestFinished(() => peer.leave());
    return peer;
  }

  /** A room with somebody who sends and somebody who watches. */
  async function pair(room: string) {
    const anna = await join(room, 'anna', ['video']);
    const ben = await join(room, 'ben', []);
    const view = (changes: { visible?: boolean; width?: number; height?: number }) =>
      ben.client.request('updateSubscriptions', {
        views: [{ producerId: anna.producerIds[0] ?? '', visible: true, ...LARGE, ...changes }],
      });
    return { anna, ben, view };
  }

  /** What a peer receives in half a second, in bits per second. */
  async function bitrate({ plan: { room, userId } }: LoadPeer): Promise<number> {
    const sum = async () => {
      await generator.streams();
      const own = streams.filter((stream) => stream.room === room && stream.receiver === userId);
      return own.reduce((total, { id }) => total + (counts.get(id)?.bytes ?? 0), 0);
    };
    const [before, at] = [await sum(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 500));
    return (8000 * ((await sum()) - before)) / (performance.now() - at);
  }

  /** Resolves with the next event of this name that fits. */
  function heard<E extends EventName>(
    { client }: LoadPeer,
    event: E,
    fits: (data: EventData<E>) => boolean = () => true,
  ): Promise<void> {
    return new Promise((resolve) => {
      const listener = (name: string, frame: string) => {
        if (name !== event || !fits(events[event].parse(JSON.parse(frame).data) as EventData<E>)) return;
        client.off('told', listener);
        resolve();
      };
      client.on('told', listener);
    });
  }

  const receives = (peer: LoadPeer) => expect.poll(() => bitrate(peer), { timeout: 15_000 });

  test('[V1] what is hidden is not sent, and is sent again when it is shown', async () => {
    const { ben, view } = await pair('hidden');
    await receives(ben).toBeGreaterThan(0.5 * BITRATE);
    await view({ visible: false });
    await receives(ben).toBe(0);
    await view({});
    await receives(ben).toBeGreaterThan(0.5 * BITRATE);
  });

  test('[V1] the smallest layer that fills the element is sent', async () => {
    const { ben, view } = await pair('small');
    await receives(ben).toBeGreaterThan(0.5 * BITRATE);
    await view(SMALL);
    await receives(ben).toBeLessThan(0.25 * BITRATE);
    await view(LARGE);
    await receives(ben).toBeGreaterThan(0.5 * BITRATE);
  });

  test('[V5] a layer that nobody wants is told to its publisher, and one that somebody wants at once', async () => {
    const { anna, view } = await pair('layers');
    const told = (active: boolean[]) =>
      heard(anna, 'producerLayersChanged', (data) => data.active.join() === active.join());
    const small = told([true, false, false]);
    await view(SMALL);
    await small;
    const large = told([true, false, true]);
    await view(LARGE);
    await large;
    const nothing = told([true, false, false]);
    await view({ visible: false });
    await nothing;
  });

  test('[V2] what a client does not subscribe to has no consumer, by producer, peer and source', async () => {
    const { anna, ben, view } = await pair('rules');
    const producerId = anna.producerIds[0] ?? '';
    const rule = async (rules: ParamsIn<'updateSubscriptions'>['rules']) =>
      await ben.client.request('updateSubscriptions', { rules });
    const source = 'camera' as const;
    const peerId = anna.id;
    // From the widest rule to the narrowest, which counts.
    for (const target of [{}, { source }, { peerId }, { peerId, source }, { producerId }]) {
      const close = heard(ben, 'consumerClosed');
      await rule([{ ...target, subscribe: false }]);
      await close;
      const open = heard(ben, 'consumerOpened');
      await rule([{ ...target, subscribe: true }]);
      await open;
    }
    await rule([{ subscribe: false }]);
    await view({});
    await receives(ben).toBeGreaterThan(0);
  });

  test('[V2] who joins with rules gets no consumer for what it does not want', async () => {
    const anna = await join('joining', 'anna', ['audio', 'video']);
    const ben = await RawClient.open(server, server.token({ room: 'joining', user_id: 'ben' }));
    const { consumers } = await ben.request('join', {
      rtpCapabilities: router,
      rules: [{ source: 'camera', subscribe: false }],
    });
    expect(consumers.map(({ peerId, source }) => [peerId, source])).toEqual([[anna.id, 'mic']]);
    await ben.close();
  });

  test('[V7] of more videos than a peer may receive, those that it shows are chosen', async () => {
    const publishers = await Promise.all(
      ['anna', 'ben', 'cora'].map((userId) => join('many', userId, ['video'])),
    );
    const dora = await RawClient.open(server, server.token({ room: 'many', user_id: 'dora' }));
    const { consumers } = await dora.request('join', { rtpCapabilities: router });
    expect(consumers).toHaveLength(2);
    const left = publishers.find(({ id }) => consumers.every(({ peerId }) => peerId !== id));
    const producerId = left?.producerIds[0] ?? randomUUID();
    await dora.request('updateSubscriptions', { views: [{ producerId, visible: true, ...SMALL }] });
    await dora.next('consumerOpened', ({ consumer }) => consumer.producerId === producerId);
    expect(dora.all('consumerClosed')).toHaveLength(1);
    await expect
      .poll(() => server.log.filter(({ limit }) => limit === 'MAX_VIDEO_CONSUMERS_PER_PEER').length)
      .toBeGreaterThan(0);
    await dora.close();
  });
});
