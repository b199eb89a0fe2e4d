/**
 * `npm run bench:faults`: how long a call's picture stands still when its socket is cut, its port changes, its media has
 * no way for a while, its media worker is killed, or its server. It appends to `docs/benchmarks.md`. Options: `--runs 7`,
 * and `--no-write` to append nothing.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { launch } from '../../tests/support/browser.ts';
import { type FarServer, startFarServer } from '../../tests/support/far-server.ts';
import { ReturningClient } from '../../tests/support/returning-client.ts';
import { joinWitness, seen, seesMore } from '../../tests/support/witness.ts';
import { appendEntry, environment } from './document.ts';
import { restartableServer } from './restartable-server.ts';
import { spreadOf } from './statistics.ts';

/** A fault, which returns when it is over: from then on the time to the next pictures counts. */
type Fault = (server: FarServer) => Promise<void> | void;

const faults: { name: string; of: 'gap' | 'return'; inflict: Fault }[] = [
  {
    name: 'socket cut for 3 s: longest gap',
    of: 'gap',
    async inflict({ signaling }) {
      signaling.tcpCut = true;
      await sleep(3000);
      signaling.tcpCut = false;
      await sleep(2000);
    },
  },
  { name: 'new source port: longest gap', of: 'gap', inflict: ({ media }) => pause(media.rebind(), 6000) },
  { name: 'no way for media for 8 s: until a picture', of: 'return', inflict: outage(8000, false) },
  { name: 'no way for media for 20 s: until a picture', of: 'return', inflict: outage(20_000, false) },
  { name: 'no way for anything for 8 s: until a picture', of: 'return', inflict: outage(8000, true) },
  {
    name: 'media worker killed: until a picture',
    of: 'return',
    inflict({ app }) {
      for (const pid of app.workers.pids()) process.kill(pid, 'SIGKILL');
    },
  },
];

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const runs = Number(values.runs);
const loads = [loadavg()[0] ?? 0];
const browsers = [await launch(), await launch()];
const rows: string[] = [];
try {
  for (const fault of faults) await row(fault.name, (pair) => measure(pair, fault));
  await row('server killed: from its listening until a picture', measureRestart, false);
  await row('server killed: from its listening until 200 clients have joined', measureReturn, false);
  loads.push(loadavg()[0] ?? 0);
  const entry = `## Faults, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:faults\`, two Chromiums in a call, ${runs} runs; milliseconds. ${environment(browsers[0]?.version() ?? '', loads)}.

| fault | median | worst |
|---|---|---|
${rows.join('\n')}
`;
  console.log(`\n${entry}`);
  if (values.write) await appendEntry(entry);
} finally {
  for (const browser of browsers) await browser.close();
}

interface Pair {
  server: FarServer;
  pages: Page[];
}

/** Each run has a server and a call of its own. */
async function repeat(once: (pair: Pair) => Promise<number>, withServer: boolean): Promise<number[]> {
  const results: number[] = [];
  for (let run = 0; run < runs; run++) {
    const server = withServer ? await startFarServer() : undefined;
    const pages = server
      ? await call(server.url, (user_id) => server.token({ user_id, user_type: 'host' }))
      : [];
    results.push(await once({ server: server as FarServer, pages }));
    await Promise.all(browsers.flatMap((browser) => browser.contexts().map((context) => context.close())));
    await server?.close();
  }
  return results;
}

async function call(url: string, token: (user: string) => string): Promise<Page[]> {
  const [first, second] = browsers as [Browser, Browser];
  const pages = [await joinWitness(first, url, token('ann')), await joinWitness(second, url, token('bob'))];
  await Promise.all(pages.map((page) => seesMore(page, 30)));
  return pages;
}

async function measure({ server, pages }: Pair, { of, inflict }: (typeof faults)[number]): Promise<number> {
  await Promise.all(pages.map((page) => page.evaluate(() => window.witness.forget())));
  await inflict(server);
  if (of === 'return') return await untilPictures(pages);
  const results = await Promise.all(pages.map(seen));
  return Math.max(...results.map(({ longestMs }) => longestMs));
}

async function measureRestart(): Promise<number> {
  const server = await restartableServer();
  const pages = await call(server.url, server.token);
  await server.restart();
  const ms = await untilPictures(pages);
  await server.close();
  return ms;
}

/** 200 clients without media in 20 rooms, which join and publish a microphone. */
async function measureReturn(): Promise<number> {
  const server = await restartableServer();
  const clients = Array.from({ length: 200 }, (_, index) => {
    return new ReturningClient(server.url, server.token(`user-${index}`, `room-${index % 20}`));
  });
  const running = clients.map((client) => client.run());
  await arrivals(clients, 1);
  await server.restart();
  const from = performance.now();
  await arrivals(clients, 2);
  const ms = performance.now() - from;
  for (const client of clients) client.close();
  await Promise.all(running);
  await server.close();
  return ms;
}

async function arrivals(clients: readonly ReturningClient[], count: number): Promise<void> {
  while (clients.some((client) => client.arrivals < count)) await sleep(10);
}

/** Until both see new pictures; a picture that was on its way does not count. */
async function untilPictures(pages: Page[]): Promise<number> {
  const from = performance.now();
  await Promise.all(pages.map((page) => seesMore(page, 4, 60_000)));
  return performance.now() - from;
}

function outage(ms: number, all: boolean): Fault {
  return async ({ signaling, media }) => {
    media.cut = true;
    signaling.tcpCut = all;
    await sleep(ms);
    signaling.tcpCut = false;
    media.cut = false;
  };
}

async function pause(_done: void, ms: number): Promise<void> {
  await sleep(ms);
}

/** Measures, if this fault is asked for. */
async function row(name: string, once: (pair: Pair) => Promise<number>, withServer = true): Promise<void> {
  if (!name.includes(values.only)) return;
  const spread = spreadOf(await repeat(once, withServer));
  const text = `| ${name} | ${spread?.median.toFixed(0)} | ${spread?.max.toFixed(0)} |`;
  console.log(text);
  rows.push(text);
}
