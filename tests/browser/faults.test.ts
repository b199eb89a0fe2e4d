/** A call outlives its network, its media and its server: real browsers behind a proxy, their pictures counted. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { mintToken } from '../../src/auth/tokens.ts';
import { launchShell } from '../support/browser.ts';
import { type FarServer, proxy, startFarServer } from '../support/far-server.ts';
import { freePort } from '../support/ports.ts';
import { startProcess, temporaryFolder } from '../support/process.ts';
import { SECRET } from '../support/server.ts';
import { joinWitness, openWitness, seen, seesMore } from '../support/witness.ts';

let browser: Browser;
const servers: FarServer[] = [];

beforeAll(async () => {
  browser = await launchShell();
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
afterAll(() => browser.close());

async function farServer(): Promise<FarServer> {
  const server = await startFarServer();
  servers.push(server);
  return server;
}

function tokenOf(user_id: string): string {
  return mintToken({ user_id, room: 'faults', user_type: 'host' }, { secret: SECRET, ttlSeconds: 600 }).token;
}

/** Two people in a call who see each other. */
async function call({ url }: { url: string }): Promise<Page[]> {
  const pages = await Promise.all(['ann', 'bob'].map((name) => joinWitness(browser, url, tokenOf(name))));
  await Promise.all(pages.map((page) => seesMore(page)));
  return pages;
}

async function see(pages: Page[]): Promise<void> {
  await Promise.all(pages.map((page) => seesMore(page)));
}

async function idsOf(pages: Page[]) {
  return await Promise.all(pages.map(async (page) => (await seen(page)).peerId));
}

describe('a call', () => {
  test('goes on while the socket is away: no picture is missed, and nothing that was told', async () => {
    const server = await farServer();
    const pages = await call(server);
    const [ann, bob] = pages as [Page, Page];
    const ids = await idsOf(pages);
    for (const page of pages) await page.evaluate(() => window.witness.forget());
    const { frames } = await seen(bob);
    server.signaling.tcpCut = true;
    const asked = ann.evaluate(() => window.witness.room.chat('asked while away'));
    await sleep(3000);
    const during = await seen(bob);
    server.signaling.tcpCut = false;
    await asked;
    await Promise.all(
      pages.map((page) => page.waitForFunction(() => window.witness.seen().told.includes('resumed'))),
    );
    const after = await Promise.all(pages.map(seen));
    expect(during.frames - frames).toBeGreaterThan(30);
    expect(Math.max(...after.map(({ longestMs }) => longestMs))).toBeLessThan(1000);
    expect(after.map(({ told }) => told)).toEqual([
      ['reconnecting connection_lost', 'resumed'],
      ['reconnecting connection_lost', 'resumed'],
    ]);
    expect(await idsOf(pages)).toEqual(ids);
    expect(after.flatMap(({ peers }) => peers.map(({ reconnecting }) => reconnecting))).toEqual([
      false,
      false,
    ]);
  });

  test('comes back after its media had no way for 8 s, for 20 s, and with its socket', async () => {
    const outages = [
      { seconds: 8, tcp: false },
      { seconds: 20, tcp: false },
      { seconds: 10, tcp: true },
    ];
    await Promise.all(
      outages.map(async ({ seconds, tcp }) => {
        const server = await farServer();
        const pages = await call(server);
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
  }, 90_000);

  test('goes on from another source port, as after a NAT has forgotten', async () => {
    const server = await farServer();
    const pages = await call(server);
    server.media.rebind();
    await see(pages);
    expect((await Promise.all(pages.map(seen))).flatMap(({ told }) => told)).toEqual([]);
  });

  test('goes on with the same peers when its media worker was killed', async () => {
    const server = await farServer();
    const pages = await call(server);
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

  test('begins anew by itself when the server was killed and started again', async () => {
    const { server, restart } = await restartable();
    const pages = await call(server);
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

describe('a join gets there', () => {
  /** Milliseconds into the join at which it happens, each with a server and a call of its own. */
  const DELAYS = [0, 40, 150];

  /** Bob joins Ann, and this happens at some time from his page's start to his first picture. */
  async function joinUnder(server: { url: string }, fault: () => unknown, delayMs: number): Promise<void> {
    const ann = await joinWitness(browser, server.url, tokenOf('ann'));
    const bob = await openWitness(browser, server.url, tokenOf('bob'));
    await sleep(delayMs);
    await fault();
    await see([ann, bob]);
    expect((await seen(ann)).peers).toHaveLength(1);
    expect((await seen(bob)).peers).toHaveLength(1);
  }

  test('when the socket is cut', async () => {
    await Promise.all(
      DELAYS.map(async (delayMs) => {
        const server = await farServer();
        await joinUnder(server, () => server.signaling.cutTcp(), delayMs);
      }),
    );
  });

  test('when UDP is cut for 3, 8 and 20 s, and the port changes', async () => {
    const outages = [
      ...DELAYS.map((delayMs) => ({ delayMs, seconds: 3 })),
      { delayMs: 40, seconds: 8 },
      { delayMs: 40, seconds: 20 },
    ];
    await Promise.all(
      outages.map(async ({ delayMs, seconds }) => {
        const server = await farServer();
        const cut = async () => {
          server.media.udpCut = true;
          await sleep(seconds * 1000);
          server.media.rebind();
          server.media.udpCut = false;
        };
        await joinUnder(server, cut, delayMs);
      }),
    );
  }, 90_000);

  test('when the media worker is killed', async () => {
    await Promise.all(
      DELAYS.map(async (delayMs) => {
        const server = await farServer();
        const kill = () => {
          for (const pid of server.app.workers.pids()) process.kill(pid, 'SIGKILL');
        };
        await joinUnder(server, kill, delayMs);
      }),
    );
  });

  test('when the server is killed and started again', async () => {
    await Promise.all(
      DELAYS.map(async (delayMs) => {
        const { server, restart } = await restartable();
        await joinUnder(server, restart, delayMs);
      }),
    );
  });
});

/** A server in a process of its own that can be killed and started again at the same address. */
async function restartable() {
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
