/** One load test, from the first join to the report. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { RtpCapabilities } from '../../src/protocol/media.ts';
import { Crowd } from './crowd.ts';
import { Generator } from './generator.ts';
import type { LoadOptions } from './options.ts';
import { serverProcesses } from './processes.ts';
import { makeReport, progressLine, type Report } from './report.ts';
import { ratesBetween, sample } from './sampler.ts';
import type { MakeToken } from './tokens.ts';

/** From the last join until media flows evenly, in milliseconds. */
const SETTLE_MS = 1000;
const PROGRESS_MS = 1000;

export interface RunOptions {
  readonly load: LoadOptions;
  /** The program that `ensurePeer` made. */
  readonly program: string;
  readonly makeToken: MakeToken;
  /** Whether the report has each stream. */
  readonly streams?: boolean;
  /** Is told how it goes, each second. */
  readonly onProgress?: (line: string) => void;
}

/** Runs it to its end. Rejects where the server cannot be reached, or the generator ends. */
export async function runLoad({
  load,
  program,
  makeToken,
  streams = false,
  onProgress,
}: RunOptions): Promise<Report> {
  const router = await capabilitiesOf(load.url);
  const server = serverProcesses(portOf(load.url));
  const generator = await Generator.start(program);
  const crowd = new Crowd({ url: load.url, generator, router, makeToken }, load);
  const stopProgress = onProgress ? reportProgress(crowd, generator, server, onProgress) : () => {};
  try {
    await crowd.fill();
    await sleep(SETTLE_MS);
    const from = await sample(generator, server);
    crowd.startChurn();
    await sleep(1000 * load.duration);
    const to = await sample(generator, server);
    await crowd.stopChurn();
    if (load.churn > 0) await sleep(SETTLE_MS);
    await crowd.finish();
    const report = makeReport(crowd, load, ratesBetween(from, to, server), streams);
    await crowd.leave();
    return report;
  } finally {
    stopProgress();
    await generator.close();
  }
}

/** What the routers of a server can do. Rejects with a sentence where there is no such server. */
export async function capabilitiesOf(url: string): Promise<RtpCapabilities> {
  try {
    const response = await fetch(`${url}/aq_server/capabilities`);
    return z.object({ rtpCapabilities: RtpCapabilities }).parse(await response.json()).rtpCapabilities;
  } catch (error) {
    throw new Error(
      `There is no aq-server at ${url}. Start it with "npm start", or name another one with --url.`,
      {
        cause: error,
      },
    );
  }
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

/** Tells each second what has happened in it. Returns how to stop that. */
function reportProgress(
  crowd: Crowd,
  generator: Generator,
  server: ReturnType<typeof serverProcesses>,
  onProgress: (line: string) => void,
): () => void {
  let last = sample(generator, server);
  const timer = setInterval(async () => {
    const before = last;
    last = sample(generator, server);
    const [earlier, now] = await Promise.all([before, last]);
    onProgress(progressLine(crowd.size, ratesBetween(earlier, now, server)));
  }, PROGRESS_MS);
  return () => clearInterval(timer);
}
