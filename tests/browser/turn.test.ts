/** Media over a real TURN server alone, with credentials that end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createIceServers } from '../../src/auth/ice-servers.ts';
import type { IceServerInfo } from '../../src/protocol/model.ts';
import { launchLight, poll } from '../support/browser.ts';
import { type Coturn, startCoturn } from '../support/coturn.ts';
import { startServer } from '../support/server.ts';
import { joinWitness, seesMore } from '../support/witness.ts';

const TURN_SECRET = 'a-secret-of-turn-in-the-tests';
/** How long credentials are good here. */
const TTL_SECONDS = 5;
let browser: Browser;

beforeAll(async () => {
  browser = await launchLight();
});
afterAll(() => browser.close());

function startTurn(): Promise<Coturn> {
  return startCoturn('--verbose', '--use-auth-secret', `--static-auth-secret=${TURN_SECRET}`);
}

function urlOf({ host, port }: Coturn): string {
  return `turn:${host}:${port}?transport=udp`;
}

test('a call goes over it alone, and finds a way again after its first credentials have ended', async () => {
  const turn = await startTurn();
  const server = await startServer({ TURN_URLS: urlOf(turn), TURN_SECRET, TURN_TTL: String(TTL_SECONDS) });
  onTestFinished(() => server.close());
  const join = (user_id: string) =>
    joinWitness(browser, server.url, server.token({ user_id, room: 'relayed' }), 'relay');
  const pages = [await join('ann'), await join('bob')];
  await Promise.all(pages.map((page) => seesMore(page)));
  for (const page of pages) expect(await ways(page)).toEqual({ recv: 'relay', send: 'relay' });

  const joinedAt = Date.now();
  await sleep(Math.max(0, joinedAt + (TTL_SECONDS + 1) * 1000 - Date.now()));
  const before = allocations(turn);
  // What the room does when the network changes.
  for (const page of pages) await page.evaluate(() => dispatchEvent(new Event('online')));
  await poll(
    async () => allocations(turn),
    (count) => count >= before + 4,
  );
  await Promise.all(pages.map((page) => seesMore(page, 20)));
  for (const page of pages) expect(await ways(page)).toEqual({ recv: 'relay', send: 'relay' });
});

test('credentials that have ended open nothing, and good ones do', async () => {
  const turn = await startTurn();
  const serversAt = (now: number) =>
    createIceServers({
      stunUrls: [],
      turn: { urls: [urlOf(turn)], auth: { secret: TURN_SECRET, ttlSeconds: 60 } },
      now: () => now,
    })('ann');
  const page = await (await browser.newContext()).newPage();
  expect(await gather(page, serversAt(Date.now() - 120_000))).toEqual([]);
  expect(turn.output()).toContain('Cannot find credentials');
  expect(await gather(page, serversAt(Date.now()))).not.toEqual([]);
});

/** The kinds of candidates over which a page's media goes. */
function ways(page: Page): Promise<{ send: string | undefined; recv: string | undefined }> {
  return page.evaluate(async () => {
    const wayOf = async (direction: 'send' | 'recv') => {
      const stats = [...(await window.witness.room.getStats(direction)).values()];
      const pair = stats.find(
        ({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded',
      );
      return stats.find(({ id }) => id === pair?.localCandidateId)?.candidateType as string | undefined;
    };
    return { send: await wayOf('send'), recv: await wayOf('recv') };
  });
}

/** How many times clients were given a relay address. */
function allocations(turn: Coturn): number {
  return turn.output().match(/ALLOCATE processed, success/g)?.length ?? 0;
}

/** The relay candidates that a browser gets with these servers. */
function gather(page: Page, iceServers: IceServerInfo[]): Promise<string[]> {
  return page.evaluate(async (servers) => {
    const connection = new RTCPeerConnection({ iceServers: servers, iceTransportPolicy: 'relay' });
    const found: string[] = [];
    connection.createDataChannel('any');
    const done = new Promise<void>((resolve) => {
      connection.onicecandidate = ({ candidate }) => {
        if (candidate) found.push(candidate.candidate);
        else resolve();
      };
    });
    await connection.setLocalDescription();
    await done;
    connection.close();
    return found;
  }, iceServers);
}
