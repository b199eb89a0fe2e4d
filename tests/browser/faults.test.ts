/** A call outlives its network, its media and its server: real browsers behind a proxy, their pictures counted. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { mintToken } from '../../src/auth/tokens.ts';
import { launchLight } from '../support/browser.ts';
import { proxy, startFarServer } from '../support/far-server.ts';
import { freePort } from '../support/ports.ts';
import { startProcess, temporaryFolder } from '../support/process.ts';
import { SECRET } from '../support/server.ts';
import { joinWitness, openWitness, type Seen, seen, seesMore } from '../support/witness.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchLight();
});
afterAll(() => browser.close());

/** What one test uses, and what ends with it: others may be under way. */
function stage({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  return {
    async newContext() {
      const context = await browser.newContext();
      onTestFinished(() => context.close());
      return context;
    },
    async farServer() {
      const server = await startFarServer();
      onTestFinished(() => server.close());
      return server;
    },
  };
}

type Stage = ReturnType<typeof stage>;

function tokenOf(user_id: string, room = 'faults'): string {
  return mintToken({ user_id, room, user_type: 'host' }, { secret: SECRET, ttlSeconds: 600 }).token;
}

/** Two people in a call who see each other. */
async function call(on: Stage, { url }: { url: string }, room = 'faults'): Promise<Page[]> {
  const pages = await Promise.all(['ann', 'bob'].map((name) => joinWitness(on, url, tokenOf(name, room))));
  await Promise.all(pages.map((page) => seesMore(page)));
  return pages;
}

async function see(pages: Page[]): Promise<void> {
  await Promise.all(pages.map((page) => seesMore(page)));
}

async function idsOf(pages: Page[]) {
  return await Promise.all(pages.map(async (page) => (await seen(page)).peerId));
}

function seenIn(pages: readonly Page[]): Promise<Seen[]> {
  return Promise.all(pages.map(seen));
}

/** The longest time between two pictures, in milliseconds. */
function longestOf(all: readonly Seen[]): number {
  return Math.max(...all.map(({ longestMs }) => longestMs));
}

/** Milliseconds into a join at which something happens, each with a server and a call of its own. */
const DELAYS = [0, 40, 150];

/** Bob joins Ann, and this happens at some time from his page's start to his first picture. */
async function joinUnder(
  on: Stage,
  server: { url: string },
  fault: (bob: Page) => unknown,
  delayMs: number,
): Promise<void> {
  const ann = await joinWitness(on, server.url, tokenOf('ann'));
  const bob = await openWitness(on, server.url, tokenOf('bob'));
  await sleep(delayMs);
  await fault(bob);
  await see([ann, bob]);
  expect((await seen(ann)).peers).toHaveLength(1);
  expect((await seen(bob)).peers).toHaveLength(1);
}

describe('a call', () => {
  test('goes on while the socket is away: no picture is missed, and nothing that was told', async (context) => {
    const on = stage(context);
    const server = await on.farServer();
    const pages = await call(on, server);
    // Beside it another call, whose sockets take another way: what it misses is the machine's.
    const others = await call(on, { url: `http://127.0.0.1:${server.app.port}` }, 'control');
    const ids = await idsOf(pages);
    for (const page of [...pages, ...others]) await page.evaluate(() => window.witness.forget());
    const [ann, bob, control] = [...pages, ...others] as [Page, Page, Page];
    const before = await seenIn([bob, control]);
    server.signaling.tcpCut = true;
    const asked = ann.evaluate(() => window.witness.room.chat('asked while away'));
    await sleep(3000);
    const during = await seenIn([bob, control]);
    server.signaling.tcpCut = false;
    await asked;
    await Promise.all(
      pages.map((page) => page.waitForFunction(() => window.witness.seen().told.includes('resumed'))),
    );
    const [after, noise] = [await seenIn(pages), await seenIn(others)];
    const [frames = 0, usual = 0] = during.map((seen, index) => seen.frames - (before[index]?.frames ?? 0));
    expect(frames).toBeGreaterThan(usual / 2);
    expect(longestOf(after)).toBeLessThan(1000 + longestOf(noise));
    expect(after.map(({ told }) => told)).toEqual([
      ['reconnecting connection_lost', 'resumed'],
      ['reconnecting connection_lost', 'resumed'],
    ]);
    expect(noise.flatMap(({ told }) => told)).toEqual([]);
    expect(await idsOf(pages)).toEqual(ids);
    expect(after.flatMap(({ peers }) => peers.map(({ reconnecting }) => reconnecting))).toEqual([
      false,
      false,
    ]);
  });

  test('goes on from another source port, as after a NAT has forgotten', async (context) => {
    const on = stage(context);
    const server = await on.farServer();
    const pages = await call(on, server);
    server.media.rebind();
    await see(pages);
    expect((await Promise.all(pages.map(seen))).flatMap(({ told }) => told)).toEqual([]);
  });

  test('goes on with the same peers when its media worker was killed', async (context) => {
    const on = stage(context);
    const server = await on.farServer();
    const pages = await call(on, server);
    const ids = await idsOf(pages);
    for (const pid of server.app.workers.pids()) process.kill(pid, 'SIGKILL');
    await Promise.all(
      pages.map((page) => page.waitForFunction(() => window.witness.seen().told.length === 2)),
    );
    await see(pages);
    expect((await Promise.all(pages.map(seen))).map(({ told }) => told)).toEqual([
      ['reconnecting media_lost', 'resumed'],
      ['reconnecting media_lost', 'resumed'],
    ]);
    expect(await idsOf(pages)).toEqual(ids);
  });

  test('begins anew by itself when the server was killed and started again', async (context) => {
    const on = stage(context);
    const { server, restart } = await restartable(context);
    const pages = await call(on, server);
    await restart();
    await Promise.all(
      pages.map((page) => page.waitForFunction(() => window.witness.seen().told.length === 2)),
    );
    await see(pages);
    expect((await Promise.all(pages.map(seen))).map(({ told }) => told)).toEqual([
      ['reconnecting connection_lost', 'joined anew'],
      ['reconnecting connection_lost', 'joined anew'],
    ]);
  });
});

describe.concurrent('while UDP has no way', () => {
  test('a call comes back after its media had no way for 8 s, for 20 s, and with its socket', async (context) => {
    const on = stage(context);
    const outages = [
      { seconds: 8, tcp: false },
      { seconds: 20, tcp: false },
      { seconds: 10, tcp: true },
    ];
    await Promise.all(
      outages.map(async ({ seconds, tcp }) => {
        const server = await on.farServer();
        const pages = await call(on, server);
        const ids = await idsOf(pages);
        server.media.cut = true;
        server.signaling.tcpCut = tcp;
        await sleep(seconds * 1000);
        expect((await seen(pages[1] as Page)).silentMs).toBeGreaterThan(seconds * 500);
        server.signaling.tcpCut = false;
        server.media.cut = false;
        await see(pages);
        expect(await idsOf(pages)).toEqual(ids);
      }),
    );
  });

  test('a join gets there when UDP is cut for 3, 8 and 20 s, and the port changes', async (context) => {
    const on = stage(context);
    const outages = [
      ...DELAYS.map((delayMs) => ({ delayMs, seconds: 3 })),
      { delayMs: 40, seconds: 8 },
      { delayMs: 40, seconds: 20 },
    ];
    await Promise.all(
      outages.map(async ({ delayMs, seconds }) => {
        const server = await on.farServer();
        const cut = async () => {
          server.media.udpCut = true;
          await sleep(seconds * 1000);
          server.media.rebind();
          server.media.udpCut = false;
        };
        await joinUnder(on, server, cut, delayMs);
      }),
    );
  });
});

describe('a join gets there', () => {
  test('when the socket is cut', async (context) => {
    const on = stage(context);
    await Promise.all(
      DELAYS.map(async (delayMs) => {
        const server = await on.farServer();
        await joinUnder(on, server, () => server.signaling.cutTcp(), delayMs);
      }),
    );
  });

  test('when the media worker is killed', async (context) => {
    const on = stage(context);
    await Promise.all(
      DELAYS.map(async (delayMs) => {
        const server = await on.farServer();
        const kill = () => {
          for (const pid of server.app.workers.pids()) process.kill(pid, 'SIGKILL');
        };
        await joinUnder(on, server, kill, delayMs);
      }),
    );
  });

  test('when the server is killed and started again', async (context) => {
    const on = stage(context);
    await Promise.all(
      DELAYS.map(async (delayMs) => {
        const { server, restart } = await restartable(context);
        const restartSlowly = async (bob: Page) => {
          const began = performance.now();
          await restart();
          // The SDK gives a first join up after five seconds; an application tries again.
          if (performance.now() - began > 4000) await bob.evaluate(() => window.witness.room.join());
        };
        await joinUnder(on, server, restartSlowly, delayMs);
      }),
    );
  });
});

/** A server in a process of its own that can be killed and started again at the same address. */
async function restartable({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const [port, mediaPort] = [await freePort(), await freePort()];
  const variables = {
    SERVER_ADDR: `127.0.0.1:${port}`,
    MEDIA_PORT: String(mediaPort),
    MEDIA_WORKERS: '1',
    DATA_DIR: temporaryFolder(),
    MEDIA_ANNOUNCED_ADDRESS: '127.0.0.2',
  };
  let running = await startProcess(variables);
  const [signaling, media] = [await proxy(0, port), await proxy(mediaPort, mediaPort)];
  onTestFinished(async () => void (await Promise.all([signaling.close(), media.close()])));
  return {
    server: { url: `http://127.0.0.2:${signaling.port}` },
    async restart() {
      running.child.kill('SIGKILL');
      await running.exited;
      running = await startProcess(variables);
    },
  };
}
