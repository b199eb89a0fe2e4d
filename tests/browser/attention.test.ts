/** What a browser shows decides what it is sent, and what the others send. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchShell, poll } from '../support/browser.ts';
import { sdkPage } from '../support/sdk.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
const pages: Page[] = [];

beforeAll(async () => {
  server = await startServer({ MEDIA_WORKERS: '1' });
  browser = await launchShell();
});
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

async function join(user_id: string, room: string): Promise<Page> {
  const page = await sdkPage(browser, server.url, server.token({ user_id, room, user_type: 'host' }));
  pages.push(page);
  return page;
}

/** Publishes the fake camera at 1280×720. */
function publish(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const video = { width: 1280, height: 720, frameRate: 15 };
    const [track] = (await navigator.mediaDevices.getUserMedia({ video })).getVideoTracks();
    if (track) window.room.publish(track, { source: 'camera' });
  });
}

/** Shows the first video of another peer in an element of this width, in CSS pixels. */
async function show(page: Page, width: number): Promise<void> {
  await page.evaluate(async (edge) => {
    document.body.innerHTML = `<video autoplay muted playsinline style="width:${edge}px;aspect-ratio:16/9"></video>`;
    const video = document.querySelector('video');
    for (;;) {
      const source = [...window.room.peers.values()].flatMap((peer) => [...peer.sources.values()])[0];
      if (source && video) return void window.room.attach(source, video);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }, width);
}

const setStyle = (page: Page, style: string) =>
  page.$eval(
    'video',
    (video, text) => void (video as HTMLElement).style.setProperty(...(text.split(':') as [string, string])),
    style,
  );

const shownWidth = (page: Page) => page.$eval('video', (video) => (video as HTMLVideoElement).videoWidth);

/** Bytes of video that a page has received, or sent in each of its layers, in half a second. */
async function flow(page: Page, type: 'inbound-rtp' | 'outbound-rtp'): Promise<number[]> {
  const read = () =>
    page.evaluate(async (wanted) => {
      const bytes: Record<string, number> = {};
      for (const connection of window.connections) {
        for (const stat of (await connection.getStats()).values()) {
          if (stat.type !== wanted || stat.kind !== 'video') continue;
          const name = stat.rid ?? '';
          bytes[name] = (bytes[name] ?? 0) + (stat.bytesReceived ?? stat.bytesSent);
        }
      }
      return bytes;
    }, type);
  const before = await read();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const after = await read();
  return Object.keys(after)
    .toSorted()
    .map((name) => (after[name] ?? 0) - (before[name] ?? 0));
}

/** Which layers flow. */
const sent = async (page: Page) => (await flow(page, 'outbound-rtp')).map((bytes) => bytes > 0).join();
const gets = async (page: Page) => (await flow(page, 'inbound-rtp')).some((bytes) => bytes > 0);

test('[V1] a resized video has another resolution, and the bytes of a hidden one stop', async () => {
  const [ann, bob] = [await join('ann', 'tiles'), await join('bob', 'tiles')];
  await publish(ann);
  await show(bob, 320);
  await poll(
    () => shownWidth(bob),
    (width) => width === 320,
  );
  await setStyle(bob, 'width:640px');
  await poll(
    () => shownWidth(bob),
    (width) => width === 640,
  );
  await setStyle(bob, 'width:1200px');
  await poll(
    () => shownWidth(bob),
    (width) => width === 1280,
  );
  await setStyle(bob, 'width:300px');
  await poll(
    () => shownWidth(bob),
    (width) => width === 320,
  );

  for (const [hide, unhide] of [
    ['display:none', 'display:block'],
    ['margin-top:5000px', 'margin-top:0'],
  ] as const) {
    await setStyle(bob, hide);
    await poll(
      () => gets(bob),
      (flows) => !flows,
    );
    await setStyle(bob, unhide);
    await poll(
      () => gets(bob),
      (flows) => flows,
    );
  }
});

test('[V5] a layer that nobody shows is not sent, and is sent again when it is shown', async () => {
  const ann = await join('ann', 'layers');
  await publish(ann);
  await poll(
    () => sent(ann),
    (layers) => layers === 'true,false,false',
  );
  const bob = await join('bob', 'layers');
  await show(bob, 300);
  await poll(
    () => sent(ann),
    (layers) => layers === 'true,false,false',
  );
  await setStyle(bob, 'width:1200px');
  await poll(
    () => sent(ann),
    (layers) => layers === 'true,false,true',
  );
  await poll(
    () => shownWidth(bob),
    (width) => width === 1280,
  );
  await setStyle(bob, 'display:none');
  await poll(
    () => sent(ann),
    (layers) => layers === 'true,false,false',
  );
});

test('[V2] what is not subscribed to has no track', async () => {
  const [ann, bob] = [await join('ann', 'rules'), await join('bob', 'rules')];
  await publish(ann);
  const tracks = () =>
    bob.evaluate(
      () =>
        [...window.room.peers.values()]
          .flatMap((peer) => [...peer.sources.values()])
          .filter(({ track }) => track).length,
    );
  await poll(tracks, (count) => count === 1);
  await bob.evaluate(() => window.room.setSubscribed({ source: 'camera' }, false));
  await poll(tracks, (count) => count === 0);
  await bob.evaluate(() => window.room.setSubscribed({ source: 'camera' }, true));
  await poll(tracks, (count) => count === 1);
  expect(await bob.evaluate(() => window.room.peers.size)).toBe(1);
});
