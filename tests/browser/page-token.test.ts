/** The end of a token in the room page: announced where it is the link's, put off where the page gets another. */
import type { Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mintToken } from '../../src/auth/tokens.ts';
import { type Clock, stopClock } from '../support/clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { useRoomPages } from '../support/room-pages.ts';
import { SECRET } from '../support/server.ts';

let clock: Clock;
beforeAll(() => {
  clock = stopClock();
});
afterAll(() => clock.restore());

const pages = useRoomPages({ TOKEN_CLOCK_TOLERANCE: '0' });
const { open } = pages;

test('whose link ends soon is told when', async () => {
  const subject = { user_id: 'ann', name: 'Ann', room: 'ends' };
  const { token, expiresAt } = mintToken(subject, { secret: SECRET, ttlSeconds: 45 });
  const page = await open(`?join=1#token=${token}`, { locale: 'en-GB', timezoneId: 'UTC' });
  const notice = page.getByText('This call ends for you at');
  await notice.waitFor();
  const clock = new Date(expiresAt * 1000).toISOString().slice(11, 16);
  expect(normal(await notice.innerText())).toBe(normal(clock));
});

test('a page that gets its tokens from the server gets another one, of the same user', async () => {
  const users: string[] = [];
  const giveToken = (route: Route) => {
    const { user_id, room, name, user_type } = route.request().postDataJSON();
    const subject = { user_id, room, name, user_type };
    const ttlSeconds = users.push(user_id) === 1 ? 1 : 3600;
    const { token, expiresAt } = mintToken(subject, { secret: SECRET, ttlSeconds });
    const json = { token, expires_at: new Date(expiresAt * 1000).toISOString() };
    return route.fulfill({ status: 201, json });
  };
  const page = await open('?room=goes-on&name=Ann&user_type=guest&join=1', {
    prepare: async (page) => {
      await page.clock.setFixedTime(Date.now());
      await page.route('**/api/v1/dev/token', giveToken);
    },
  });
  await page.waitForSelector('html[data-state=joined]');
  await expect.poll(() => users.length).toBe(2);
  expect(users[1]).toBe(users[0]);
  await clock.advance(2000);
  const other = await RawClient.join(pages.server, pages.server.token({ user_id: 'bob', room: 'goes-on' }));
  await other.request('chat', { text: 'after the first token has ended' });
  await page.getByText('after the first token has ended').waitFor();
  await other.close();
  expect(await page.locator('html').getAttribute('data-state')).toBe('joined');
  expect(await page.getByText('This call ends for you at').count()).toBe(0);
});

/** The hours and minutes in a sentence, on a clock of 12 hours: how they are written is the browser's. */
function normal(text: string): string {
  const [, hours, minutes] = /(\d{1,2}):(\d{2})/.exec(text) ?? [];
  return `${Number(hours) % 12}:${minutes}`;
}
