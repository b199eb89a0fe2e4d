/**
 * 30,000 random frames, or `FUZZ_FRAMES`: no crash, every one answered, nothing left of them afterwards, and the picture that
 * a bystander in the same room sees goes on all the while.
 */
import fc from 'fast-check';
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { launch } from '../support/browser.ts';
import { step } from '../support/fuzz.ts';
import { FuzzClient } from '../support/fuzz-client.ts';
import { type ServerProcess, startProcess } from '../support/process.ts';
import { RawClient } from '../support/raw-client.ts';
import { sdkPage, takeOnly, type WatchedPair, watchVideo } from '../support/sdk.ts';

const FRAMES = Number(process.env.FUZZ_FRAMES || 30_000);
/** The frames come in so many storms of the same size, and what the server holds is measured after each. */
const STORMS = 6;
const CLIENTS = 8;
/** By how much the heap may grow in all storms but the first two, in which code is compiled and caches fill. */
const GROWTH = 0.1;
const seed = Number(process.env.FUZZ_SEED) || Math.floor(Math.random() * 2 ** 31);

/** On SIGUSR2 the server says what it holds, after collecting its garbage. */
const MEASURE = `data:text/javascript,${encodeURIComponent(`
  process.on('SIGUSR2', () => {
    gc({ execution: 'sync', type: 'major', flavor: 'last-resort' });
    const handles = process.getActiveResourcesInfo().length;
    console.log(JSON.stringify({ measured: { heap: process.memoryUsage().heapUsed, handles } }));
  });`)}`;

interface Measured {
  heap: number;
  handles: number;
}

async function measure(server: ServerProcess): Promise<Measured> {
  const before = server.output().length;
  const find = () => /^\{"measured":.*\}$/m.exec(server.output().slice(before))?.[0];
  server.child.kill('SIGUSR2');
  await expect.poll(find).toBeDefined();
  return JSON.parse(find() ?? '').measured;
}

/** Sessions that the server has at this moment. */
async function sessionsOf(server: ServerProcess): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^aq_sessions (\d+)$/m.exec(text)?.[1]);
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
async function bystandersVideo(server: ServerProcess, browser: Browser): Promise<() => Promise<WatchedPair>> {
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
  const sessions = await sessionsOf(server);
  const answers = new Map<string, number>();
  const measured: Measured[] = [];
  for (let storms = 0; storms < STORMS; storms++) {
    const answered = await storm(server, FRAMES / STORMS, seed + 1000 * storms);
    for (const [code, count] of answered) answers.set(code, (answers.get(code) ?? 0) + count);
    // The last sockets and routers take a moment to go.
    await expect.poll(() => sessionsOf(server)).toBe(sessions);
    measured.push(await measure(server));
  }
  const { remote, own } = await video();
  const growth = measured.slice(2).map(({ heap }, index) => heap - (measured[index + 1]?.heap ?? 0));
  const perFrame = growth.map((bytes) => Math.round(bytes / (FRAMES / STORMS)));
  console.log(
    `${FRAMES} frames, seed ${seed}: the heap grew by ${perFrame.join(', ')} bytes a frame, to ${measured.at(-1)?.heap}; ` +
      `the longest time between two pictures was ${Math.round(remote.longestMs)} ms, on a way without a server ${Math.round(own.longestMs)} ms`,
  );
  expect(remote.frames).toBeGreaterThan(own.frames / 2);
  expect(remote.longestMs).toBeLessThan(500 + own.longestMs);
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
    expect(answers.get(code) ?? 0, code).toBeGreaterThan(FRAMES / 1000);
  }
  // What is kept of each frame makes it grow in every storm; what is kept by chance comes and goes.
  const grown = growth.reduce((sum, bytes) => sum + bytes, 0) / (measured[1]?.heap ?? 0);
  expect(Math.min(...growth) > 0 ? grown : 0).toBeLessThan(GROWTH);
  const handles = measured.map((one) => one.handles);
  expect(Math.min(...handles.slice(1))).toBeLessThanOrEqual(handles[0] ?? 0);
  expect(server.output()).not.toMatch(/"level":"(error|fatal)"/);
  await bystander.close();
  await browser.close();
  server.child.kill('SIGTERM');
  expect(await server.exited).toBe(0);
}, 1_800_000);
