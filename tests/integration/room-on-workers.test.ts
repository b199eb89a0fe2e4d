/** A room on two workers: what is published on one arrives on the other, until one of them dies, and after it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { MediaNetwork, MediaPeer } from '../support/media-peer.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { COMPILE_MS, compile, missingCompiler } from '../unit/scripts/load/compiled.ts';

const reason = await missingCompiler();
let program: string;

interface Scene {
  server: TestServer;
  network: MediaNetwork;
  join: (user_id: string, user_type?: string) => Promise<MediaPeer>;
}

/** Each worker is full with one peer, so that peers are spread over both. */
async function stage(): Promise<Scene> {
  const server = await startServer({
    MEDIA_WORKERS: '2',
    MAX_CONSUMERS_PER_WORKER: '1',
  });
  onTestFinished(() => server.close());
  const network = await MediaNetwork.open(server, program);
  onTestFinished(() => network.close());
  const join = (user_id: string, user_type = 'host') =>
    MediaPeer.join(server, network, server.token({ user_id, user_type, room: 'large' }));
  return { server, network, join };
}

/** Four peers, two on each worker. */
async function four({ join }: Scene) {
  const peers = [];
  for (const name of ['ann', 'bob', 'eve', 'joe']) peers.push(await join(name));
  const [[ann, eve] = [], [bob, joe] = []] = [...Map.groupBy(peers, ({ port }) => port).values()];
  if (!ann || !eve || !bob || !joe) throw new Error('the peers are not spread over two workers');
  return { ann, eve, bob, joe };
}

/** Resolves when more packets have arrived. */
async function arrives(network: MediaNetwork, receiver: number): Promise<void> {
  const before = await network.packets(receiver);
  await expect.poll(() => network.packets(receiver)).toBeGreaterThan(before + 5);
}

/** Kills one of two workers. Resolves to whether it was that of the first peer, when those there have been told. */
async function killOne({ app }: TestServer, first: MediaPeer, second: MediaPeer): Promise<boolean> {
  process.kill(app.workers.pids()[0] ?? 0, 'SIGKILL');
  return await Promise.race([
    first.client.next('mediaReset').then(() => true),
    second.client.next('mediaReset').then(() => false),
  ]);
}

describe.skipIf(reason)('a room on two workers', () => {
  beforeAll(async () => {
    program = await compile();
  }, COMPILE_MS);

  test.each(['audio', 'video'] as const)('%s arrives on both workers', async (kind) => {
    const scene = await stage();
    const { ann, eve, bob, joe } = await four(scene);
    const id = await ann.publish(kind);
    for (const peer of [eve, bob, joe]) await arrives(scene.network, await peer.receive(id));
  });

  test('a pause goes through, and so does its end', async () => {
    const { network, ...scene } = await stage();
    const { ann, bob } = await four({ network, ...scene });
    const id = await ann.publish('audio');
    const receiver = await bob.receive(id);
    await arrives(network, receiver);
    await ann.client.request('pauseProducer', { id });
    await expect
      .poll(async () => {
        const before = await network.packets(receiver);
        await sleep(300);
        return (await network.packets(receiver)) - before;
      })
      .toBe(0);
    await ann.client.request('resumeProducer', { id });
    await arrives(network, receiver);
  });

  test('[M9] when a worker dies, those on the other one keep the rest, and those on it come back', async () => {
    const { server, network, ...scene } = await stage();
    const { ann, eve, bob, joe } = await four({ server, network, ...scene });
    const ids = { ofAnn: await ann.publish('video'), ofBob: await bob.publish('video') };
    const atAnns = { ofBob: await eve.receive(ids.ofBob) };
    const atBobs = { ofAnn: await joe.receive(ids.ofAnn), ofBob: await joe.receive(ids.ofBob) };
    const ofAnn = await eve.receive(ids.ofAnn);
    for (const receiver of [...Object.values(atAnns), ...Object.values(atBobs), ofAnn]) {
      await arrives(network, receiver);
    }
    // The pids are in no order that a client knows.
    const [lost, kept] = (await killOne(server, ann, bob)) ? [ann, bob] : [bob, ann];
    const [other, witness] = lost === ann ? [eve, joe] : [joe, eve];
    const [gone, left] = lost === ann ? [ids.ofAnn, ids.ofBob] : [ids.ofBob, ids.ofAnn];
    const leftAtWitness = lost === ann ? atBobs.ofBob : ofAnn;
    expect(await witness.client.next('producerClosed')).toEqual({
      peerId: lost.client.id,
      producerId: gone,
    });
    await arrives(network, leftAtWitness);
    expect(witness.client.all('mediaReset')).toEqual([]);
    expect(kept.client.all('mediaReset')).toEqual([]);
    await Promise.all([lost.restore(), other.restore()]);
    await arrives(network, await other.receive(left));
    const again = await lost.publish('video');
    for (const peer of [other, witness, kept]) await arrives(network, await peer.receive(again));
    expect(lost.client.all('producerClosed')).toEqual([]);
  });
});
