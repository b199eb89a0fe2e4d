/** How a softphone keeps its registration, at a fake of Telnyx that loses it, says nothing, or fails. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchShell, poll } from '../support/browser.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { phoneState, softphone, tokens } from '../support/softphone.ts';
import { FakeVerto } from '../support/telnyx/verto.ts';

let browser: Browser;
let server: TestServer;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchShell(), startServer()]);
});
afterAll(() => Promise.all([browser.close(), server.close()]));

/** Alice, at a fake of her own. */
async function open(options: { watchdogInterval?: number; refreshInMs?: number; state?: string } = {}) {
  const verto = await FakeVerto.listen(({ login_token }) =>
    login_token === 'alice-refused' ? undefined : '+15550001',
  );
  if (options.state !== undefined) verto.gatewayState = options.state;
  const { access, made } = tokens(options.refreshInMs);
  const { watchdogInterval } = options;
  const alice = await softphone(browser, {
    serverUrl: server.url,
    host: verto.url,
    access,
    ...(watchdogInterval !== undefined && { watchdogInterval }),
  });
  onTestFinished(async () => {
    await alice.context().close();
    await verto.close();
  });
  return { verto, alice, made };
}

const stateOf = (page: Page) => page.evaluate(() => window.phone.state.name);

/** Waits until this token has come to the fake. */
const loggedIn = (verto: FakeVerto, token: string) =>
  poll(
    async () => verto.logins.map(({ login_token }) => login_token),
    (all) => all.includes(token),
  );

test('what Telnyx has lost is found by the check, logged in anew, and ready again', async () => {
  const { verto, alice, made } = await open();
  await phoneState(alice, 'ready');
  verto.gatewayState = 'UNREGED';
  await alice.evaluate(() => window.phone.check());
  expect(await stateOf(alice)).toBe('reconnecting');
  expect(made()).toBe(2);
  expect(verto.logins.at(-1)?.login_token).toBe('alice-2');
  verto.gatewayState = 'REGED';
  await alice.evaluate(() => window.phone.check());
  expect(await stateOf(alice)).toBe('ready');
});

test('a registration that is lost silently is mended by the check that comes by itself', async () => {
  const { verto, alice } = await open({ watchdogInterval: 500 });
  await phoneState(alice, 'ready');
  verto.gatewayState = 'UNREGED';
  await phoneState(alice, 'reconnecting');
  await loggedIn(verto, 'alice-2');
  verto.gatewayState = 'REGED';
  await phoneState(alice, 'ready');
});

test('a Telnyx that says nothing counts as one that has lost the softphone', async () => {
  const { verto, alice } = await open();
  await phoneState(alice, 'ready');
  verto.silent = true;
  await alice.evaluate(() => window.phone.check());
  expect(await stateOf(alice)).toBe('reconnecting');
  expect(verto.logins.at(-1)?.login_token).toBe('alice-2');
  verto.silent = false;
  await alice.evaluate(() => window.phone.check());
  expect(await stateOf(alice)).toBe('ready');
});

test.each([
  'FAILED',
  'FAIL_WAIT',
  'TIMEOUT',
])('a gateway in the state %s is tried again until it has the softphone', async (state) => {
  const { verto, alice } = await open({ state });
  // Telnyx's SDK has said 45004, and comes back on a socket of its own.
  await poll(
    async () => verto.logins.length,
    (logins) => logins >= 2,
  );
  expect(await stateOf(alice)).not.toBe('ready');
  verto.gatewayState = 'REGED';
  await phoneState(alice, 'ready');
});

test('a login token is renewed by itself when it is due, on the open socket', async () => {
  const { verto, alice } = await open({ refreshInMs: 3000 });
  await phoneState(alice, 'ready');
  await loggedIn(verto, 'alice-2');
  expect(verto.logins.at(-1)).toMatchObject({ login_token: 'alice-2', reconnection: true });
  expect(verto.sockets).toBe(1);
  expect(await stateOf(alice)).toBe('ready');
});

test('a renewal on demand that Telnyx refuses rejects, and the softphone stays ready', async () => {
  const { verto, alice } = await open();
  await phoneState(alice, 'ready');
  const renew = (token: string) =>
    alice.evaluate((login_token) => {
      const { nextToken } = window;
      window.nextToken = async (fresh) => ({ ...(await nextToken(fresh)), login_token });
      return window.phone.renew({ fresh: true }).then(
        () => 'renewed',
        (error: Error) => error.message,
      );
    }, token);
  expect(await renew('alice-refused')).toBe('the login was refused');
  expect(await stateOf(alice)).toBe('ready');
  expect(await renew('alice-good')).toBe('renewed');
  expect(verto.logins.at(-1)?.login_token).toBe('alice-good');
});
