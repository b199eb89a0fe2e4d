/** How the page comes to a person: what it moves, and how it sounds where the browser wants a click first. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch, loudness, participate, seesMotion } from '../support/browser.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { visit } from '../support/visit.ts';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  browser = await launch();
  await participate(browser, server, { room: 'visited', name: 'Ann' });
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

test('a first visit moves at most 150 KiB in at most 8 requests until the first remote picture', async () => {
  const { requests, bytes } = await visit(browser, `${server.url}/?room=visited&name=Bob&join=1`);
  expect(requests.length).toBeGreaterThan(4);
  expect(requests.length).toBeLessThanOrEqual(8);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThanOrEqual(150 * 1024);
});

test('a link that joins without a click says that sound needs one, and then it sounds', async () => {
  const strict = await launch(['--autoplay-policy=document-user-activation-required']);
  try {
    const page = await strict.newPage();
    // Playwright's own looks at a page count as clicks: the page has to say by itself when it is blocked.
    await page.addInitScript(() => {
      const look = () => document.querySelector('.sound-bar') && console.log('blocked');
      new MutationObserver(look).observe(document, { childList: true, subtree: true });
    });
    const blocked = page.waitForEvent('console', (message) => message.text() === 'blocked');
    await page.goto(`${server.url}/?room=visited&name=Cem&user_type=viewer&join=1`);
    await blocked;
    const button = page.getByRole('button', { name: 'Click to hear the others' });
    await button.click();
    await button.waitFor({ state: 'detached' });
    expect(await loudness(page, 'audio[data-peer-id]')).toBeGreaterThan(0.05);
  } finally {
    await strict.close();
  }
});

test('over plain HTTP from another host one is told why there is no camera, joins, and watches', async () => {
  const elsewhere = await launch(['--host-resolver-rules=MAP calls.example 127.0.0.1']);
  try {
    // There a page has only this text to know its browser by, and mediasoup-client knows no headless one.
    const userAgent = `Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 Chrome/${elsewhere.version()} Safari/537.36`;
    const page = await elsewhere.newPage({ userAgent });
    const { port } = new URL(server.url);
    const token = server.token({ user_id: 'dan', room: 'visited' });
    await page.goto(`http://calls.example:${port}/#token=${token}`);
    await page.getByText('only to pages over HTTPS').waitFor();
    await page.getByRole('button', { name: 'Join' }).click();
    await seesMotion(page, 'video[data-peer-id]');
  } finally {
    await elsewhere.close();
  }
});
