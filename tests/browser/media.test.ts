/** What goes over the transports besides the page: isolation of rooms, data channels, capabilities that are old. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchLight, poll } from '../support/browser.ts';
import { received, sdkPage } from '../support/sdk.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
const pages: Page[] = [];

beforeAll(async () => {
  server = await startServer({ MEDIA_WORKERS: '1' });
  browser = await launchLight();
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

/** Publishes the fake camera and microphone. */
function publish(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    for (const track of stream.getTracks()) {
      window.room.publish(track, { source: track.kind === 'audio' ? 'mic' : 'camera' });
    }
  });
}

/** Publishes a tone as a microphone: the fake one's beeps are too short to count as speech once a camera is on. */
function publishTone(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const destination = context.createMediaStreamDestination();
    tone.connect(destination);
    tone.start();
    const [track] = destination.stream.getAudioTracks();
    if (track) window.room.publish(track, { source: 'mic' });
  });
}

/** Collects the messages that come over data channels. */
function collect(page: Page): Promise<void> {
  return page.evaluate(() => {
    window.room.on('data', ({ data, reliability }) => window.collected.push({ data, reliability }));
  });
}

test('[R2] packets and data of one room reach no other on the same worker', async () => {
  const [ann, bob, eve] = [await join('ann', 'one'), await join('bob', 'one'), await join('eve', 'two')];
  for (const page of [ann, bob, eve]) await collect(page);
  await publish(ann);
  await ann.evaluate(async () => {
    await window.room.sendData('to my room');
    await window.room.sendData('to my room, maybe', { lossy: true });
  });
  await poll(
    () => received(bob),
    ({ packets, messages }) => packets > 100 && messages >= 1,
  );
  expect(await received(eve)).toEqual({ packets: 0, messages: 0 });
});

test('[M6] data channels open long after the join, and carry text and bytes in order, also to who is slow to open them', async () => {
  const [ann, bob] = [await join('ann', 'data'), await join('bob', 'data')];
  await collect(bob);
  // Until the association is up, which keeps what comes too early for its first channel.
  await poll(
    async () => {
      await ann.evaluate(() => window.room.sendData('lossy', { lossy: true }));
      return await received(bob);
    },
    ({ messages }) => messages > 0,
  );
  const busy = bob.evaluate(() => {
    for (const end = performance.now() + 1000; performance.now() < end; );
  });
  await ann.evaluate(async () => {
    for (let n = 0; n < 200; n++) await window.room.sendData(`message ${n}`);
    await window.room.sendData(new Uint8Array(60_000));
  });
  await busy;
  const reliable = await poll(
    () =>
      bob.evaluate(() =>
        (window.collected as { data: unknown; reliability: string }[])
          .filter(({ reliability }) => reliability === 'reliable')
          .map(({ data }) => (data instanceof ArrayBuffer ? data.byteLength : data)),
      ),
    ({ length }) => length >= 201,
  );
  expect(reliable).toEqual([...Array.from({ length: 200 }, (_, n) => `message ${n}`), 60_000]);
});

test('[M8] the one who is heard is the active speaker, at most five times a second', async () => {
  const [ann, bob] = [await join('ann', 'speaking'), await join('bob', 'speaking')];
  await bob.evaluate(() => {
    window.room.on('speakersChanged', ({ active, levels }) => {
      window.collected.push({ at: performance.now(), active, loudest: levels[0] });
    });
  });
  await publishTone(ann);
  await poll(
    () => received(bob),
    ({ messages }) => messages >= 20,
  );
  const speaker = await ann.evaluate(() => window.room.peerId);
  const told = await bob.evaluate(
    () =>
      window.collected as {
        at: number;
        active: string | null;
        loudest?: { peerId: string; level: number };
      }[],
  );
  expect(told.some(({ active }) => active === speaker)).toBe(true);
  expect(told.some(({ loudest }) => loudest?.peerId === speaker && (loudest?.level ?? -127) > -60)).toBe(
    true,
  );
  // The first ones may have been held up on a busy machine, by up to three of the intervals.
  const lastedMs = (told.at(-1)?.at ?? 0) - (told[0]?.at ?? 0);
  expect(told.length - 1).toBeLessThanOrEqual(lastedMs / 200 + 3);
});

test('[J3] the browser is the server of DTLS where it sends, and the client where it receives', async () => {
  const [ann, bob] = [await join('ann', 'roles'), await join('bob', 'roles')];
  await publish(ann);
  await poll(
    () => received(bob),
    ({ packets }) => packets > 0,
  );
  const roles = (page: Page) =>
    page.evaluate(async () => {
      const stats = await Promise.all(window.connections.map((connection) => connection.getStats()));
      const transports = stats.flatMap((report) =>
        [...report.values()].filter(({ type }) => type === 'transport'),
      );
      return transports.map(({ dtlsRole, dtlsState }) => `${dtlsRole} ${dtlsState}`).sort();
    });
  expect(await roles(ann)).toEqual(['client connected', 'server connected']);
  expect(await roles(bob)).toContain('client connected');
});

test('[D6] capabilities that are old are fetched anew, and nothing fails', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  let asked = 0;
  await page.route('**/aq_server/capabilities', async (route) => {
    asked++;
    const response = await route.fetch();
    const body = await response.json();
    await route.fulfill({ json: asked === 1 ? { ...body, hash: 'of-yesterday' } : body });
  });
  await page.goto(`${server.url}/?room=stale&name=Ann&join=1`);
  await page.waitForSelector('html[data-state=joined]');
  expect(asked).toBe(2);
  await context.close();
});
