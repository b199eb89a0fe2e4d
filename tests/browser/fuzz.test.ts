/**
 * A hundred thousand random frames: no crash, every one answered, nothing left of them afterwards, and the picture that a
 * bystander in the same room sees goes on all the while.
 */
import fc from 'fast-check';
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { launch } from '../support/browser.ts';
import { step } from '../support/fuzz.ts';
import { FuzzClient } from '../support/fuzz-client.ts';
import { type ServerProcess, startProcess } from '../support/process.ts';
import { RawClient } from '../support/raw-client.ts';
import { sdkPage, takeOnly, type Watched, watchVideo } from '../support/sdk.ts';

const FRAMES = 100_000;
const CLIENTS = 8;
const seed = Number(process.env.FUZZ_SEED) || Math.floor(Math.random() * 2 ** 31);

/** On SIGUSR2 the server says what it holds, after collecting its garbage. */
const MEASURE = `data:text/javascript,${encodeURIComponent(`
  process.on('SIGUSR2', () => {
    gc({ execution: 'sync', type: 'major', flavor: 'last-resort' });
    const handles = process.getActiveResourcesInfo().length;
    console.log(JSON.stringify({ measured: { heap: process.memoryUsage().heapUsed, handles } }));
  });`)}`;

async function measure(server: ServerProcess): Promise<{ heap: number; handles: number }> {
  const before = server.output().length;
  server.child.kill('SIGUSR2');
  await expect.poll(() => server.output().slice(before), { timeout: 5000 }).toContain('measured');
  const line = server
    .output()
    .slice(before)
    .split('\n')
    .find((text) => text.includes('"measured"'));
  return JSON.parse(line ?? '').measured;
}

async function storm(server: ServerProcess, frames: number, stormSeed: number): Promise<Map<string, number>> {
  const clients = Array.from({ length: CLIENTS }, (_, n) => new FuzzClient(server, `fuzz-${n}`, 'storm'));
  await Promise.all(
    clients.map(async (client, n) => {
      const numRuns = Math.ceil(frames / CLIENTS);
      await client.run(fc.sample(step, { seed: stormSeed + n, numRuns }));
      expect(client.unanswered).toBe(0);
    }),
  );
  const all = clients.flatMap(({ answers }) => [...answers]);
  return new Map(
    [...Map.groupBy(all, ([code]) => code)].map(([code, counts]) => [
      code,
      counts.reduce((sum, [, n]) => sum + n, 0),
    ]),
  );
}

/** Two pages in the room of the storm: one sends a small picture, and one sees it. */
async function bystandersVideo(server: ServerProcess, browser: Browser): Promise<() => Promise<Watched>> {
  const publisher = await sdkPage(browser, server.url, server.token('publisher', 'storm'));
  await publisher.evaluate(async () => {
    const video = { width: 320, height: 240, frameRate: 15 };
    const [track] = (await navigator.mediaDevices.getUserMedia({ video })).getVideoTracks();
    if (track) window.room.publish(track, { source: 'camera', simulcast: false });
  });
  const id = await publisher.evaluate(() => window.room.peerId ?? '');
  const watcher = await sdkPage(browser, server.url, server.token('watcher', 'storm'), (page) =>
    takeOnly(page, id),
  );
  return await watchVideo(watcher);
}

test(`random frames and requests, seed ${seed}`, async () => {
  const variables = {
    MESSAGES_PER_SECOND: '10000',
    MESSAGE_BURST: '100000',
    CONNECTIONS_PER_MINUTE: '1000000',
    REQUESTS_PER_MINUTE: '1000000',
    CHAT_PER_MINUTE: '100000',
    MAX_WAITING_PER_USER: '20',
    // What is kept for clients that come back would be more or less by chance.
    SESSION_GRACE: '1',
    SESSION_EVENTS: '10',
  };
  const server = await startProcess(variables, ['--expose-gc', '--import', MEASURE]);
  const bystander = await RawClient.join(server, server.token('bystander', 'storm'));
  const browser = await launch();
  const video = await bystandersVideo(server, browser);
  // Until all code is compiled, and every cache has what it holds: after a quarter of the frames they still grow by 5 %.
  await storm(server, FRAMES / 2, seed + 1000);
  const before = await measure(server);
  const answers = await storm(server, FRAMES, seed);
  const { frames, longestMs } = await video();
  expect(frames).toBeGreaterThan(50);
  expect(longestMs).toBeLessThan(500);
  await bystander.settled();
  expect(answers.get('internal') ?? 0).toBe(0);
  for (const code of [
    'result',
    'invalid_message',
    'invalid_params',
    'not_joined',
    'not_found',
    'forbidden',
  ]) {
    expect(answers.get(code) ?? 0, code).toBeGreaterThan(100);
  }
  // The last sockets and routers take a moment to go.
  await expect
    .poll(async () => (await measure(server)).heap, { timeout: 20_000, interval: 1000 })
    .toBeLessThan(before.heap * 1.05);
  expect((await measure(server)).handles).toBeLessThanOrEqual(before.handles * 1.05);
  expect(server.output()).not.toMatch(/"level":"(error|fatal)"/);
  await bystander.close();
  await browser.close();
  server.child.kill('SIGTERM');
  expect(await server.exited).toBe(0);
}, 240_000);
