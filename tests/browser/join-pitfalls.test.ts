/** What a fast join could trip over: first key frames that are lost, certificates told late, and a room that changes meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchLight } from '../support/browser.ts';
import { type FarServer, startFarServer } from '../support/far-server.ts';
import { joinWitness, openWitness, seesMore } from '../support/witness.ts';

let server: FarServer;
let browser: Browser;

beforeAll(async () => {
  server = await startFarServer();
  browser = await launchLight();
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** What each path does, in each direction; half of the round trip is its delay. */
function set(path: { delayMs: number; jitterMs?: number; loss?: number; reorder?: number }): void {
  server.signaling.path = path;
  server.media.path = path;
}

function tokenOf(user_id: string, room: string): string {
  return server.token({ user_id, room, user_type: 'presenter' });
}

/** A page of the server's with the SDK, and a room in it that is not connected yet. */
async function pageWithRoom(token: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${server.url}/health`);
  // As text: the test runner rewrites an import that it can see.
  await page.evaluate("import('/sdk.js').then((sdk) => { window.sdk = sdk; })");
  await page.evaluate((ofRoom) => {
    window.room = new window.sdk.Room({ token: ofRoom });
  }, token);
  return page;
}

/** Connects as a pre-join screen does, and waits until ICE and DTLS of both directions are done. */
function warmUp(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const connected = new Set<string>();
    const warm = new Promise<void>((resolve) => {
      window.room.on('mediaStateChanged', (direction, state) => {
        if (state === 'connected' && connected.add(direction).size === 2) resolve();
      });
    });
    await window.room.connect();
    await warm;
  });
}

/** Counts the pictures of the first camera that comes, in `window.collected`. */
function countPictures(page: Page): Promise<void> {
  return page.evaluate(() => {
    window.collected = [];
    window.room.on('trackAdded', ({ track, source }) => {
      if (source !== 'camera' || !track) return;
      const video = document.createElement('video');
      video.muted = true;
      video.srcObject = new MediaStream([track]);
      const count = () => {
        window.collected.push('picture');
        video.requestVideoFrameCallback(count);
      };
      video.requestVideoFrameCallback(count);
      void video.play();
    });
  });
}

test('a first key frame that is lost on a warm transport is asked for again', async () => {
  set({ delayMs: 20 });
  await joinWitness(browser, server.url, tokenOf('ann', 'lost'));
  const bob = await pageWithRoom(tokenOf('bob', 'lost'));
  await warmUp(bob);
  await countPictures(bob);
  server.media.udpCut = true;
  await bob.evaluate(() => window.room.join());
  await sleep(500); // the key frame that the join asked for has come, and nobody got it
  expect(await bob.evaluate(() => window.collected)).toEqual([]);
  server.media.udpCut = false;
  await bob.waitForFunction(() => window.collected.length > 5, null, { polling: 50 });
});

test('packets that are lost, late and out of order keep no picture away', async () => {
  set({ delayMs: 30, jitterMs: 20, loss: 0.1, reorder: 0.1 });
  await Promise.all(
    ['one', 'two'].map(async (room) => {
      const pages = await Promise.all(
        ['ann', 'bob'].map((name) => joinWitness(browser, server.url, tokenOf(name, room))),
      );
      await Promise.all(pages.map((page) => seesMore(page)));
    }),
  );
});

test('certificates that are told late connect all the same, with the browser as the client', async () => {
  set({ delayMs: 30 });
  const ann = await joinWitness(browser, server.url, tokenOf('ann', 'late'));
  const forgetful = await browser.newContext();
  await forgetful.addInitScript('RTCPeerConnection.generateCertificate = undefined');
  const bob = await joinWitness(forgetful, server.url, tokenOf('bob', 'late'));
  await Promise.all([seesMore(ann), seesMore(bob)]);
});

test('what is published and withdrawn at the moment of a join is known as it is, and seen', async () => {
  set({ delayMs: 25 });
  await Promise.all(
    [0, 25, 50, 100, 200].map(async (delayMs) => {
      const room = `meanwhile-${delayMs}`;
      // Of users of their own, as one user may have few sockets that have not joined yet.
      const ann = await joinWitness(browser, server.url, tokenOf('ann', room));
      const bob = await openWitness(browser, server.url, tokenOf(`bob-${delayMs}`, room));
      await sleep(delayMs);
      await ann.evaluate(() => {
        const { room } = window.witness;
        const [camera] = room.publications;
        if (!camera) throw new Error('no camera');
        room.publish(camera.track.clone(), { source: 'screen' });
        camera.close();
        room.publish(camera.track.clone(), { source: 'camera' });
      });
      await bob.evaluate(() => window.witness.joining);
      await seesMore(bob);
      await seesMore(ann);
      const known = () =>
        bob.evaluate(() =>
          [...window.witness.room.peers.values()].flatMap(({ sources }) =>
            [...sources.values()].map(({ source }) => source).toSorted(),
          ),
        );
      await expect.poll(known).toEqual(['camera', 'screen']);
    }),
  );
});
