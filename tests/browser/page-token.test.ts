/** The end of a token in the room page: announced where it is the link's, put off where the page gets another. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { mintToken } from '../../src/auth/tokens.ts';
import { launch } from '../support/browser.ts';
import { SECRET, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  server = await startServer();
  browser = await launch();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

async function newPage(): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC' });
  contexts.push(context);
  return await context.newPage();
}

test('whose link ends soon is told when', async () => {
  const subject = { user_id: 'ann', name: 'Ann', room: 'ends' };
  const { token, expiresAt } = mintToken(subject, { secret: SECRET, ttlSeconds: 45 });
  const page = await newPage();
  await page.goto(`${server.url}/?join=1#token=${token}`);
  const notice = page.getByText('This call ends for you at');
  await notice.waitFor();
  const clock = new Date(expiresAt * 1000).toISOString().slice(11, 16);
  expect(normal(await notice.innerText())).toBe(normal(clock));
});

test('a page that gets its tokens from the server gets another one, of the same user', async () => {
  const page = await newPage();
  const users: string[] = [];
  await page.route('**/api/v1/dev/token', (route) => {
    const { user_id, room, name, user_type } = route.request().postDataJSON();
    const subject = { user_id, room, name, user_type };
    const ttlSeconds = users.push(user_id) === 1 ? 12 : 3600;
    const { token, expiresAt } = mintToken(subject, { secret: SECRET, ttlSeconds });
    const json = { token, expires_at: new Date(expiresAt * 1000).toISOString() };
    return route.fulfill({ status: 201, json });
  });
  await page.goto(`${server.url}/?room=goes-on&name=Ann&user_type=guest&join=1`);
  await page.waitForSelector('html[data-state=joined]');
  await expect.poll(() => users.length).toBe(2);
  expect(users[1]).toBe(users[0]);
  // The first token's end, with the tolerance of the clock, goes by.
  await page.waitForFunction((end) => Date.now() > end, Date.now() + 19_000);
  expect(await page.locator('html').getAttribute('data-state')).toBe('joined');
  expect(await page.getByText('This call ends for you at').count()).toBe(0);
});

/** The hours and minutes in a sentence, on a clock of 12 hours: how they are written is the browser's. */
function normal(text: string): string {
  const [, hours, minutes] = /(\d{1,2}):(\d{2})/.exec(text) ?? [];
  return `${Number(hours) % 12}:${minutes}`;
}
