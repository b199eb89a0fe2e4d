/** A call between two Chromiums through the room page, as two people have it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  launchLight,
  loudness,
  type Participant,
  participate,
  poll,
  seesMotion,
} from '../support/browser.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
const people: Participant[] = [];

beforeAll(async () => {
  server = await startServer();
  browser = await launchLight();
});
afterEach(async () => {
  for (const { context } of people.splice(0)) await context.close();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

async function join(room: string, name: string, user_type = 'host'): Promise<Participant> {
  const participant = await participate(browser, server, { room, name, user_type });
  people.push(participant);
  return participant;
}

const REMOTE_CAMERA = 'video[data-peer-id][data-source=camera]';
const REMOTE_MIC = 'audio[data-peer-id][data-source=mic]';

test('two people see each other move and hear each other', async () => {
  const [ann, bob] = [await join('seen', 'Ann'), await join('seen', 'Bob')];
  await Promise.all([ann, bob].map(({ page }) => seesMotion(page, REMOTE_CAMERA)));
  for (const { page } of [ann, bob]) expect(await loudness(page, REMOTE_MIC)).toBeGreaterThan(0.05);
  expect([...ann.errors, ...bob.errors]).toEqual([]);
});

test('who mutes is not heard, and is heard again', async () => {
  const [ann, bob] = [await join('muted', 'Ann'), await join('muted', 'Bob')];
  await ann.page.waitForSelector(REMOTE_MIC, { state: 'attached' });
  await bob.page.getByRole('button', { name: 'Microphone' }).click();
  await poll(
    () => loudness(ann.page, REMOTE_MIC, 1500),
    (level) => level < 0.01,
  );
  await bob.page.getByRole('button', { name: 'Microphone' }).click();
  await poll(
    () => loudness(ann.page, REMOTE_MIC, 1500),
    (level) => level > 0.05,
  );
});

test('a screen is seen beside the camera, and is gone when it is not shared any more', async () => {
  const [ann, bob] = [await join('screen', 'Ann'), await join('screen', 'Bob')];
  await bob.page.getByRole('button', { name: 'Share screen' }).click();
  const screen = 'video[data-peer-id][data-source=screen]';
  await ann.page.waitForSelector(screen);
  await poll(
    () =>
      ann.page.$eval(
        screen,
        (video) => (video as HTMLVideoElement).getVideoPlaybackQuality().totalVideoFrames,
      ),
    (frames) => frames > 3,
  );
  await seesMotion(ann.page, REMOTE_CAMERA);
  await bob.page.getByRole('button', { name: 'Share screen' }).click();
  await ann.page.waitForSelector(screen, { state: 'detached' });
});

test('who leaves is gone for the others, and leaves nothing behind', async () => {
  const [ann, bob] = [await join('leaving', 'Ann'), await join('leaving', 'Bob')];
  await ann.page.waitForSelector(REMOTE_CAMERA);
  await bob.page.getByRole('button', { name: 'Leave' }).click();
  await bob.page.waitForSelector('html[data-state=left]');
  await ann.page.waitForSelector(REMOTE_CAMERA, { state: 'detached' });
});

test('what is said in the chat is read by the other, as plain text', async () => {
  const [ann, bob] = [await join('chat', 'Ann'), await join('chat', 'Bob')];
  for (const { page } of [ann, bob]) await page.getByRole('button', { name: 'Chat' }).click();
  await bob.page.getByLabel('Message to all').fill('<b>hello</b>');
  await bob.page.getByLabel('Message to all').press('Enter');
  await ann.page.getByText('<b>hello</b>', { exact: true }).waitFor();
});

test('a token in the fragment joins, and is taken out of the address at once', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const token = server.token({ user_id: 'eve', room: 'link', name: 'Eve', user_type: 'viewer' });
  await page.goto(`${server.url}/?join=1#token=${token}`);
  await page.waitForSelector('html[data-state=joined]');
  expect(page.url()).not.toContain('token');
  expect(
    await page.evaluate(() => JSON.stringify([history.state, { ...localStorage }, { ...sessionStorage }])),
  ).not.toContain(token);
  expect(await page.getByRole('button', { name: 'Camera' }).count()).toBe(0);
  await context.close();
});

test('a worker that dies is a reconnect: the pages come back by themselves', async () => {
  const [ann, bob] = [await join('killed', 'Ann'), await join('killed', 'Bob')];
  await seesMotion(ann.page, REMOTE_CAMERA);
  const pages = [ann.page, bob.page];
  await Promise.all(pages.map(collectStates));
  for (const pid of server.app.workers.pids()) process.kill(pid, 'SIGKILL');
  const states = () => Promise.all(pages.map((page) => page.evaluate(() => window.collected)));
  await poll(states, (all) => all.every((seen) => seen.at(-1) === 'joined'));
  expect(await states()).toEqual([
    ['reconnecting', 'joined'],
    ['reconnecting', 'joined'],
  ]);
  await Promise.all(pages.map((page) => seesMotion(page, REMOTE_CAMERA)));
});

/** Collects what the page shows of its state: some of it is over before anybody could ask. */
function collectStates(page: Page): Promise<void> {
  return page.evaluate(() => {
    window.collected = [];
    const { documentElement } = document;
    const collect = () => window.collected.push(documentElement.dataset.state);
    new MutationObserver(collect).observe(documentElement, { attributeFilter: ['data-state'] });
  });
}
