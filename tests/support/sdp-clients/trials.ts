/** What each client must be seen to do. */
import type { Producer } from 'mediasoup/types';
import { expect, onTestFinished, test } from 'vitest';
import { canRun, RunningClient, type SdpClient } from './clients.ts';
import { SdpEndpoint } from './endpoint.ts';
import type { OfferedClient } from './offered-client.ts';
import type { Mode, Report } from './signalling.ts';

const ENOUGH = 20;

/** Tests for everything that these clients can do; what cannot be had here is skipped with a word. */
export function testClients(clients: readonly SdpClient[]): void {
  for (const client of clients) {
    for (const mode of client.modes) {
      test(`${client.name}: ${TITLES[mode]}`, async ({ skip }) => {
        if (!(await canRun(client))) skip(`${client.name} needs ${client.packages.join(' ')}`);
        const endpoint = await SdpEndpoint.open();
        onTestFinished(() => endpoint.close());
        await TRIALS[mode](client, endpoint);
      });
    }
  }
}

const TITLES: Record<Mode, string> = {
  publish: 'its video and audio arrive by WHIP',
  play: 'it plays video and audio by WHEP',
  answer: 'it sends and receives by offers of the server, as tracks come and go',
};

const TRIALS: Record<Mode, (client: SdpClient, endpoint: SdpEndpoint) => Promise<void>> = {
  publish: async (client, endpoint) => {
    const running = start(client, 'publish', endpoint.url('whip'));
    await received(running, (report) => report.connected);
    await expect
      .poll(() => endpoint.producers.map(({ kind }) => kind).toSorted())
      .toEqual(['audio', 'video']);
    const layers = client.env?.SIMULCAST === undefined ? 1 : 3;
    for (const producer of endpoint.producers)
      await arrives(producer, producer.kind === 'video' ? layers : 1);
  },
  play: async (client, endpoint) => {
    await endpoint.addSource(client.env?.CODEC === 'H264' ? 'H264' : 'VP8');
    await endpoint.addSource('opus');
    const running = start(client, 'play', endpoint.url('whep'));
    await received(running, ({ video, audio }) => video >= ENOUGH && audio >= ENOUGH);
  },
  answer: async (client, endpoint) => {
    const [video, audio] = [await endpoint.addSource('VP8'), await endpoint.addSource('opus')];
    const offered = await endpoint.openClient();
    const running = start(client, 'answer', endpoint.url('offers'));
    await received(running, ({ connected }) => connected);
    // The client may be connected before the server has read all of its answer.
    await expect.poll(() => offered.producers.length).toBe(2);
    for (const producer of offered.producers) await arrives(producer);
    const first = await offered.add(video, 'alice');
    await offered.add(audio, 'alice');
    await received(running, (report) => report.video >= ENOUGH && report.audio >= ENOUGH);
    // Another one comes while the first goes, and takes its place when the client knows that it has gone.
    await offered.add(video, 'bob');
    offered.remove(first);
    await answersOne(offered);
    await receivesMore(running);
    expect(await offered.add(video, 'carol')).toBe(first);
    await answersOne(offered);
    await receivesMore(running);
  },
};

function start(client: SdpClient, mode: Mode, url: string): RunningClient {
  const running = new RunningClient(client, mode, url);
  onTestFinished(() => running.close());
  return running;
}

/** Waits for a report; the client's own errors stand in the message of a test that waits in vain. */
async function received(running: RunningClient, fits: (report: Report) => boolean): Promise<void> {
  await expect.poll(() => fits(running.report) || running.describe()).toBe(true);
}

async function receivesMore(running: RunningClient): Promise<void> {
  const { video, audio } = running.report;
  await received(running, (report) => report.video >= video + ENOUGH && report.audio >= audio + ENOUGH);
}

async function answersOne(offered: OfferedClient): Promise<void> {
  const before = offered.answers;
  await expect.poll(() => offered.answers).toBeGreaterThan(before);
}

/** Packets of so many layers arrive. */
async function arrives(producer: Producer, layers = 1): Promise<void> {
  const count = async () => {
    const stats = await producer.getStats();
    return stats.filter(({ packetCount }) => packetCount >= ENOUGH).length;
  };
  await expect.poll(count, { message: `packets of ${producer.kind}` }).toBeGreaterThanOrEqual(layers);
}
