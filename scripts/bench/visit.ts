/**
 * `npm run bench:visit`: what a first visit of the room page by a link that joins at once moves, and where its time goes,
 * until the first remote picture. It appends to `docs/benchmarks.md`. Options: `--runs 15`, `--rtts 0,100,300`, and
 * `--no-write`.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { launch } from '../../tests/support/browser.ts';
import { visit } from '../../tests/support/visit.ts';
import { calm } from './calm.ts';
import { type Deployment, deployAlone, deployBehindNginx } from './deployment.ts';
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
    runs: { type: 'string', default: '15' },
    rtts: { type: 'string', default: '0,100,300' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const runs = Number(values.runs);
const rtts = values.rtts.split(',').map(Number);
const load = loadavg()[0] ?? 0;

/** By round trip, in milliseconds. */
type Samples = ReadonlyMap<number, Milestones[]>;

interface Variant {
  readonly name: string;
  readonly deployment: Deployment;
  readonly samples: Samples;
}

const variants: Variant[] = [
  variant('TLS of its own', await deployAlone()),
  variant('behind nginx', await deployBehindNginx()),
];
const browser = await launch(['--ignore-certificate-errors']);
try {
  for (const { deployment } of variants) await enter(deployment);
  const moved = await whatMoves();
  await measure();
  const entry = report(moved);
  console.log(`\n${entry}`);
  if (values.write) await appendEntry(entry);
} finally {
  await browser.close();
  for (const { deployment } of variants) await deployment.close();
}

function variant(name: string, deployment: Deployment): Variant {
  return { name, deployment, samples: new Map(rtts.map((rtt) => [rtt, []])) };
}

/** Joins, and stays: the one whose picture visitors wait for. */
async function enter(deployment: Deployment): Promise<void> {
  const page = await browser.newPage();
  await page.goto(link(deployment, 'ann'));
  await page.waitForSelector('html[data-state=joined]');
}

/** A link with a token, as a backend makes it. */
function link({ url, token }: Deployment, user_id = 'bob'): string {
  return `${url}/?join=1#token=${token({ user_id, room: 'visited', user_type: 'presenter' })}`;
}

async function whatMoves(): Promise<string> {
  const [first] = variants;
  if (!first) return '';
  const { requests, bytes } = await visit(browser, link(first.deployment));
  for (const { url, bytes } of requests)
    console.log(`${String(bytes).padStart(9)}  ${new URL(url).pathname}`);
  return `${(bytes / 1024).toFixed(0)} KiB in ${requests.length} requests`;
}

async function measure(): Promise<void> {
  for (let run = 0; run < runs; run++) {
    for (const rtt of rtts) {
      for (const { deployment, samples } of variants) {
        for (const proxy of deployment.proxies) proxy.path = { delayMs: rtt / 2 };
        await calm(PATIENCE_MS);
        samples.get(rtt)?.push(await timedVisit(browser, link(deployment)));
      }
    }
  }
}

function report(moved: string): string {
  const loads = [load, loadavg()[0] ?? 0];
  const date = new Date().toISOString().slice(0, 10);
  return `## A first visit, ${date}

\`npm run bench:visit\`, ${runs} runs, interleaved; medians, ms since the navigation, of a link that joins at once; RTs is the slope
from ${rtts.at(-2)} to ${rtts.at(-1)} ms. ${environment(browser.version(), loads)}. It moves ${moved}. TLS 1.3 and HTTP/2 in both; behind nginx, with the
guide's configuration, the WebSocket has a connection of its own.

${variants.map(tableOf).join('\n')}`;
}

function tableOf({ name, samples }: Variant): string {
  const rows = WHAT.map(([key, what]) => `| ${[what, ...cellsOf(samples, key)].join(' | ')} |`);
  return `| ${name}: until | ${rtts.map((rtt) => `${rtt} ms`).join(' | ')} | RTs |
| --- |${' --- |'.repeat(rtts.length + 1)}
${rows.join('\n')}
`;
}

function cellsOf(samples: Samples, key: keyof Milestones): (string | number | undefined)[] {
  const found = rtts.map((rtt) => spreadOf((samples.get(rtt) ?? []).map((sample) => sample[key]))?.median);
  const slope = roundTrips(
    { rtt: rtts.at(-2) ?? 0, ms: found.at(-2) },
    { rtt: rtts.at(-1) ?? 0, ms: found.at(-1) },
  );
  return [...found, slope?.toFixed(1) ?? ''];
}
