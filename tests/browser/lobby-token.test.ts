/** Who waits in a lobby for longer than a token lives comes with another one, where the application has any. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mintToken } from '../../src/auth/tokens.ts';
import { launchLight, poll } from '../support/browser.ts';
import { type Clock, stopClock } from '../support/clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { SECRET, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
let clock: Clock;
beforeAll(async () => {
  clock = stopClock();
  server = await startServer({ LOBBY: 'on', TOKEN_CLOCK_TOLERANCE: '0' });
  browser = await launchLight();
});
afterAll(async () => {
  clock.restore();
  await browser.close();
  await server.close();
});

/** A page that knocks with a token that ends soon, and has another one if it is asked for it. */
async function knocks(user_id: string, renewable: boolean): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${server.url}/health`);
  await page.evaluate("import('/sdk.js').then((sdk) => { window.sdk = sdk; })");
  const mint = (ttlSeconds: number) =>
    mintToken({ user_id, room: 'long' }, { secret: SECRET, ttlSeconds }).token;
  await page.evaluate(
    ({ first, later, many }) => {
      let asked = 0;
      window.collected = [];
      window.room = new window.sdk.Room({ token: many ? () => (asked++ === 0 ? first : later) : first });
      window.room.on('stateChanged', (state) => window.collected.push(state));
      window.room.join().catch(({ code }) => window.collected.push(code));
    },
    { first: mint(1), later: mint(600), many: renewable },
  );
  return page;
}

test('a token that ends in the lobby', async () => {
  const host = await RawClient.join(
    server,
    server.token({ user_id: 'hanna', room: 'long', user_type: 'host' }),
  );
  const [page, single] = [await knocks('wanda', true), await knocks('solo', false)];
  const { waiting } = await host.next('waitingJoined', (told) => told.waiting.userId === 'wanda');
  await host.next('waitingJoined', (told) => told.waiting.userId === 'solo');
  await clock.advance(1000);
  await host.next('waitingLeft', ({ id }) => id === waiting.id);
  const again = await host.next(
    'waitingJoined',
    (told) => told.waiting.userId === 'wanda' && told.waiting.id !== waiting.id,
  );
  await host.request('admitWaiting', { id: again.waiting.id });
  await poll(
    () => page.evaluate(() => window.room.state),
    (state) => state === 'joined',
  );
  await poll(
    () => single.evaluate(() => window.collected),
    (collected) => collected.includes('token_expired'),
  );
  expect(await single.evaluate(() => window.room.state)).not.toBe('waiting');
  await host.close();
});
