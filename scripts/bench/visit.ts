/**
 * `npm run bench:visit`: what a first visit of the room page by a link that joins at once moves, and where its time goes,
 * until the first remote picture. It appends to `docs/benchmarks.md`. Options: `--runs 7`, `--rtts 0,100,200`, and
 * `--no-write`.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { launch } from '../../tests/support/browser.ts';
import { visit } from '../../tests/support/visit.ts';
import { calm } from './calm.ts';
import { type Deployment, deploy } from './deployment.ts';
import { appendEntry, environment } from './document.ts';
import { roundTrips, spreadOf } from './statistics.ts';
import { type Milestones, timedVisit } from './visit-run.ts';

/** How long a measurement waits for the machine to be calm, in milliseconds. */
const PATIENCE_MS = 3000;
const WHAT: readonly (readonly [keyof Milestones, string])[] = [
  ['document', 'the HTML is there'],
  ['assets', 'styles and script are there'],
  ['painted', 'something is painted'],
  ['socket', 'the socket is asked for'],
  ['open', 'the socket is open'],
  ['picture', 'the first remote picture'],
];

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    rtts: { type: 'string', default: '0,100,200' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const runs = Number(values.runs);
const rtts = values.rtts.split(',').map(Number);
const load = loadavg()[0] ?? 0;
const server = await deploy();
const browser = await launch(['--ignore-certificate-errors']);
try {
  await enter('ann');
  const moved = await whatMoves();
  const entry = report(moved, await timesOf(browser, server));
  console.log(`\n${entry}`);
  if (values.write) await appendEntry(entry);
} finally {
  await browser.close();
  await server.close();
}

/** Joins, and stays. */
async function enter(user_id: string): Promise<void> {
  const page = await browser.newPage();
  await page.goto(link(user_id));
  await page.waitForSelector('html[data-state=joined]');
}

/** A link with a token, as a backend makes it. */
function link(user_id = 'bob'): string {
  const token = server.token({ user_id, room: 'visited', user_type: 'presenter' });
  return `${server.url}/?join=1#token=${token}`;
}

async function whatMoves(): Promise<string> {
  const { requests, bytes } = await visit(browser, link());
  for (const { url, bytes } of requests)
    console.log(`${String(bytes).padStart(9)}  ${new URL(url).pathname}`);
  return `${(bytes / 1024).toFixed(0)} KiB in ${requests.length} requests`;
}

async function timesOf(browser: Browser, { proxies }: Deployment): Promise<Map<number, Milestones[]>> {
  const samples = new Map<number, Milestones[]>(rtts.map((rtt) => [rtt, []]));
  for (let run = 0; run < runs; run++) {
    for (const [rtt, found] of samples) {
      for (const proxy of proxies) proxy.path = { delayMs: rtt / 2 };
      await calm(PATIENCE_MS);
      found.push(await timedVisit(browser, link()));
    }
  }
  return samples;
}

function report(moved: string, samples: ReadonlyMap<number, Milestones[]>): string {
  const loads = [load, loadavg()[0] ?? 0];
  const medians = (key: keyof Milestones) =>
    rtts.map((rtt) => spreadOf((samples.get(rtt) ?? []).map((sample) => sample[key]))?.median);
  const rows = WHAT.map(([key, what]) => {
    const found = medians(key);
    const slope = roundTrips(
      { rtt: rtts.at(0) ?? 0, ms: found.at(0) },
      { rtt: rtts.at(-1) ?? 0, ms: found.at(-1) },
    );
    return `| ${[what, ...found, slope?.toFixed(1) ?? ''].join(' | ')} |`;
  });
  return `## A first visit, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:visit\`, ${runs} runs, interleaved; medians, ms since the navigation, of a link that joins at once. ${environment(browser.version(), loads)}.
It moves ${moved}, behind nginx with the guide's configuration: TLS 1.3 and HTTP/2, and a connection of its own for the WebSocket.

| until | ${rtts.map((rtt) => `${rtt} ms`).join(' | ')} | RTs |
| --- |${' --- |'.repeat(rtts.length + 1)}
${rows.join('\n')}
`;
}
