/** A room with more microphones than are forwarded: rules M13 and M14 of PROTOCOL.md, in the packets that arrive. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SILENT } from '../../scripts/load/media-parameters.ts';
import { MediaNetwork, MediaPeer } from '../support/media-peer.ts';
import { refusal } from '../support/raw-client.ts';
import { startServer } from '../support/server.ts';
import { COMPILE_MS, compile, missingCompiler } from '../unit/scripts/load/compiled.ts';

const reason = await missingCompiler();
let program: string;

interface Speaker {
  readonly peer: MediaPeer;
  /** Of its microphone. */
  readonly id: string;
}

async function stage(variables: Record<string, string> = {}) {
  const server = await startServer({ AUDIO_GATE_ABOVE: '3', AUDIO_FORWARDED_MICS: '2', ...variables });
  onTestFinished(() => server.close());
  const network = await MediaNetwork.open(server, program);
  onTestFinished(() => network.close());
  const join = (user_id: string, user_type = 'guest') =>
    MediaPeer.join(server, network, server.token({ user_id, user_type, room: 'large' }));
  const speaker = async (user_id: string, user_type?: string): Promise<Speaker> => {
    const peer = await join(user_id, user_type);
    return { peer, id: await peer.publish('audio', { level: SILENT }) };
  };
  return { server, network, join, speaker };
}

type Stage = Awaited<ReturnType<typeof stage>>;

/** So many packets arrive in a while. */
async function arriving(network: MediaNetwork, receiver: number): Promise<number> {
  const before = await network.packets(receiver);
  await sleep(200);
  return (await network.packets(receiver)) - before;
}

/** Resolves when each of these receivers gets packets, or none, as it should. */
async function hears({ network }: Stage, receivers: readonly number[], expected: readonly boolean[]) {
  const arrived = async () => {
    const counts = await Promise.all(receivers.map((receiver) => arriving(network, receiver)));
    return counts.map((count) => count > 0);
  };
  await expect.poll(arrived, { timeout: 8000 }).toEqual(expected);
}

/** Five microphones and somebody who listens to them. */
async function five(scene: Stage, listening: 'before' | 'after') {
  const early = listening === 'before' ? await scene.join('listener', 'viewer') : undefined;
  const speakers = [];
  for (const name of ['ann', 'bob', 'eve', 'joe', 'kim']) speakers.push(await scene.speaker(name));
  const listener = early ?? (await scene.join('listener', 'viewer'));
  if (early) await listener.client.next('audibleChanged');
  await expect.poll(() => listener.consumers().length).toBe(5);
  return { speakers, listener };
}

describe.skipIf(reason)('a room with many microphones', () => {
  beforeAll(async () => {
    program = await compile();
  }, COMPILE_MS);

  test.each([
    'before',
    'after',
  ] as const)('[M13] the loudest are forwarded, to who came %s them, on one worker', async (listening) => {
    const scene = await stage();
    const { speakers, listener } = await five(scene, listening);
    const [, , eve, joe, kim] = speakers;
    const receivers = await Promise.all(speakers.map(({ id }) => listener.receiveLast(id)));
    await hears(scene, receivers, [true, true, false, false, false]);
    eve?.peer.speak(eve.id);
    joe?.peer.speak(joe.id);
    await hears(scene, receivers, [false, false, true, true, false]);
    expect(listener.client.all('audibleChanged').at(-1)).toEqual({
      peerIds: expect.arrayContaining([eve?.peer.client.id, joe?.peer.client.id]),
    });
    // The change of speakers is not told as a pause.
    expect(listener.client.all('producerPaused')).toEqual([]);
    expect(kim?.peer.client.all('sourceMuted')).toEqual([]);
  });

  test('[M13] on two workers too', async () => {
    const scene = await stage({ MEDIA_WORKERS: '2', MAX_CONSUMERS_PER_WORKER: '1' });
    const { speakers, listener } = await five(scene, 'after');
    expect(new Set(speakers.map(({ peer }) => peer.port)).size).toBe(2);
    const receivers = await Promise.all(speakers.map(({ id }) => listener.receiveLast(id)));
    await hears(scene, receivers, [true, true, false, false, false]);
    for (const { peer, id } of speakers.slice(2, 4)) peer.speak(id);
    await hears(scene, receivers, [false, false, true, true, false]);
  });

  test('[M13] who joins learns who is audible, and small rooms have all', async () => {
    const scene = await stage();
    const speakers = [await scene.speaker('ann'), await scene.speaker('bob'), await scene.speaker('eve')];
    const small = await scene.join('small', 'viewer');
    expect(small.room.audible).toBeNull();
    speakers.push(await scene.speaker('joe'));
    await small.client.next('audibleChanged', ({ peerIds }) => peerIds?.length === 2);
    const large = await scene.join('large', 'viewer');
    expect(large.room.audible).toEqual(speakers.slice(0, 2).map(({ peer }) => peer.client.id));
    // Half of the limit: the room does not swing about it.
    for (const { peer, id } of speakers.slice(0, 2)) await peer.client.request('closeProducer', { id });
    await large.client.settled();
    expect(large.client.all('audibleChanged').some(({ peerIds }) => peerIds === null)).toBe(false);
    await speakers[2]?.peer.client.request('closeProducer', { id: speakers[2].id });
    await large.client.next('audibleChanged', ({ peerIds }) => peerIds === null);
    const [last] = speakers.slice(3);
    await hears(scene, [await large.receiveLast(last?.id ?? '')], [true]);
  });

  test('[M13] hosts are always forwarded where the server says so', async () => {
    const scene = await stage({ AUDIO_HOSTS_ALWAYS: 'on' });
    const { speakers, listener } = await five(scene, 'after');
    const host = await scene.speaker('host', 'host');
    const receivers = await Promise.all(speakers.map(({ id }) => listener.receiveLast(id)));
    receivers.push(await listener.receive(host.id));
    await hears(scene, receivers, [true, true, false, false, false, true]);
    // Who becomes a host is, too.
    const peerId = speakers[4]?.peer.client.id ?? '';
    await host.peer.client.request('setUserType', { peerId, userType: 'host' });
    await hears(scene, receivers, [true, true, false, false, true, true]);
  });

  test('[M13] listeners have consumers for those that spoke last alone', async () => {
    const scene = await stage({ AUDIO_RECENT_SPEAKERS: '8' });
    const speakers = [];
    for (let n = 0; n < 10; n++) speakers.push(await scene.speaker(`speaker-${n}`));
    const listener = await scene.join('listener', 'viewer');
    const known = () => listener.consumers().map(({ producerId }) => producerId);
    expect(known()).toHaveLength(8);
    const [tenth] = speakers.slice(9);
    expect(known()).not.toContain(tenth?.id);
    tenth?.peer.speak(tenth.id);
    const receiver = await listener.receive(tenth?.id ?? '');
    await hears(scene, [receiver], [true]);
    await expect.poll(known).toHaveLength(8);
  });

  test('[M14] a hint is forwarded at once, and lapses unless levels confirm it', async () => {
    const scene = await stage();
    const { speakers, listener } = await five(scene, 'after');
    const kim = speakers[4];
    if (!kim) throw new Error('nobody is there');
    const receiver = await listener.receiveLast(kim.id);
    await hears(scene, [receiver], [false]);
    const before = await scene.network.packets(receiver);
    await kim.peer.client.request('hintSpeaking', {}); // and does not speak
    await expect.poll(() => scene.network.packets(receiver)).toBeGreaterThan(before);
    await hears(scene, [receiver], [false]);
    await expect
      .poll(() => listener.client.all('audibleChanged').at(-1)?.peerIds)
      .not.toContain(kim.peer.client.id);
  });

  test('[M14] whoever may not publish a microphone gives no hints', async () => {
    const { join } = await stage();
    const viewer = await join('viewer', 'viewer');
    expect(await refusal(viewer.client.request('hintSpeaking', {}))).toBe('forbidden');
  });
});
