/**
 * Firefox publishes by WHIP and plays by WHEP, run as a program of its own in a network namespace. Writes what it was seen to
 * do as one line of JSON.
 */
import { setTimeout } from 'node:timers/promises';
import { NAMESPACE_ADDRESS } from '../network-namespace.ts';
import { firefox, RunningClient } from './clients.ts';
import { SdpEndpoint } from './endpoint.ts';

/** What Firefox did. */
export interface FirefoxTrial {
  /** Packets that arrived from it by WHIP. */
  published: { audio: number; video: number };
  /** Frames and packets that it received by WHEP. */
  played: { audio: number; video: number };
}

const PAGE = { PAGE_HOST: NAMESPACE_ADDRESS };
const ENOUGH = 20;
const TIMEOUT_MS = 40_000;

const endpoint = await SdpEndpoint.open(NAMESPACE_ADDRESS);
await endpoint.addSource('VP8');
await endpoint.addSource('opus');
const trial: FirefoxTrial = { published: await publish(), played: await play() };
process.stdout.write(`${JSON.stringify(trial)}\n`);
process.exit();

async function publish(): Promise<FirefoxTrial['published']> {
  const running = new RunningClient(firefox, 'publish', endpoint.url('whip'), PAGE);
  const published = { audio: 0, video: 0 };
  await until(async () => {
    for (const producer of endpoint.producers) {
      const [stats] = await producer.getStats();
      published[producer.kind] = stats?.packetCount ?? 0;
    }
    return published.audio >= ENOUGH && published.video >= ENOUGH;
  });
  process.stderr.write(`${running.describe()}\n`);
  await running.close();
  return published;
}

async function play(): Promise<FirefoxTrial['played']> {
  const running = new RunningClient(firefox, 'play', endpoint.url('whep'), PAGE);
  await until(async () => running.report.audio >= ENOUGH && running.report.video >= ENOUGH);
  const { audio, video } = running.report;
  process.stderr.write(`${running.describe()}\n`);
  await running.close();
  return { audio, video };
}

/** Waits, at most for a time; what was reached by then stands in the result. */
async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + TIMEOUT_MS; !(await isDone()) && Date.now() < end; ) await setTimeout(100);
}
