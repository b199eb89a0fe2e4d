/** Two softphones in a real browser, at a fake of Telnyx: they call each other, and hear each other. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launch, poll } from '../support/browser.ts';
import { startServer, type TestServer } from '../support/server.ts';
import {
  type Access,
  callOf,
  callState,
  heard,
  phoneState,
  softphone,
  tokens,
} from '../support/softphone.ts';
import { FakeVerto } from '../support/telnyx/verto.ts';

const ALICE = '+15550001';
const BOB = '+15550002';
/** Of the agent who has credentials in place of tokens. */
const CREDENTIALS = { username: 'bob', password: 'the-password-of-sip' };

let browser: Browser;
let server: TestServer;

beforeAll(async () => {
  [browser, server] = await Promise.all([launch(), startServer()]);
});
afterAll(() => Promise.all([browser.close(), server.close()]));

/** What the fake takes: any token of Alice's, and Bob by his password. */
function numberOf({ login_token, login, passwd }: Record<string, unknown>): string | undefined {
  if (typeof login_token === 'string' && login_token.startsWith('alice-')) return ALICE;
  return login === CREDENTIALS.username && passwd === CREDENTIALS.password ? BOB : undefined;
}

async function fakeVerto(): Promise<FakeVerto> {
  const verto = await FakeVerto.listen(numberOf);
  onTestFinished(() => verto.close());
  return verto;
}

async function open(verto: FakeVerto, access: Access): Promise<Page> {
  const page = await softphone(browser, { serverUrl: server.url, host: verto.url, access });
  onTestFinished(() => page.context().close());
  return page;
}

/** Alice by token, Bob by credentials, both ready; and their call where it is answered. */
async function two(verto: FakeVerto): Promise<{ alice: Page; bob: Page }> {
  const [alice, bob] = await Promise.all([open(verto, tokens().access), open(verto, CREDENTIALS)]);
  await Promise.all([phoneState(alice, 'ready'), phoneState(bob, 'ready')]);
  return { alice, bob };
}

async function call(alice: Page, bob: Page): Promise<void> {
  await alice.evaluate(([to, from]) => void window.phone.dial(to, { from }), [BOB, ALICE] as const);
  await callState(bob, 'ringing');
  await bob.evaluate(() => window.call.answer());
  await Promise.all([callState(alice, 'active'), callState(bob, 'active')]);
}

/** Waits until more of the other end's sound has come than there is now. */
async function hearsOn(page: Page): Promise<void> {
  const before = await heard(page);
  await poll(
    () => heard(page),
    (now) => now.energy > before.energy + 1e-4 && now.packets > before.packets + 50,
  );
}

test('two softphones call each other and hear each other, one by token, one by credentials', async () => {
  const verto = await fakeVerto();
  const { alice, bob } = await two(verto);
  await call(alice, bob);
  expect(await callOf(alice)).toMatchObject({ direction: 'out', number: BOB });
  expect(await callOf(bob)).toMatchObject({ direction: 'in', number: ALICE });
  await Promise.all([hearsOn(alice), hearsOn(bob)]);
  expect((await callOf(alice))?.duration).toBeGreaterThan(0);
  const known = verto.calls.facts[0]?.call_control_id;
  expect((await callOf(alice))?.callControlId).toBe(known);

  await bob.evaluate(() => window.call.hangup());
  await Promise.all([callState(alice, 'ended'), callState(bob, 'ended')]);
  await call(alice, bob);
  await alice.evaluate(() => window.call.hangup());
  await Promise.all([callState(alice, 'ended'), callState(bob, 'ended')]);
});

test('a call is muted, held and dialled into', async () => {
  const verto = await fakeVerto();
  const { alice, bob } = await two(verto);
  await call(alice, bob);
  await hearsOn(bob);

  await alice.evaluate(() => window.call.mute(true));
  expect((await callOf(alice))?.muted).toBe(true);
  // What was on its way arrives; from then on there is silence, in packets as before.
  await poll(
    async () => {
      const before = await heard(bob);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const now = await heard(bob);
      return { energy: now.energy - before.energy, packets: now.packets - before.packets };
    },
    ({ energy, packets }) => energy < 1e-6 && packets > 0,
  );
  await alice.evaluate(() => window.call.mute(false));
  await hearsOn(bob);

  await alice.evaluate(() => window.call.hold(true));
  await poll(
    () => callOf(alice),
    (now) => now?.held === true,
  );
  await alice.evaluate(() => window.call.hold(false));
  await poll(
    () => callOf(alice),
    (now) => now?.held === false,
  );

  await alice.evaluate(() => window.call.dtmf('1#'));
  const digits = () =>
    verto.calls.facts.filter(({ type }) => type === 'call.dtmf.received').map(({ digit }) => digit);
  await poll(
    async () => digits(),
    (dialled) => dialled.length === 2,
  );
  expect(digits()).toEqual(['1', '#']);
});

test('a login token is renewed during a call, and nobody hears it', async () => {
  const verto = await fakeVerto();
  const { alice, bob } = await two(verto);
  await call(alice, bob);
  await Promise.all([hearsOn(alice), hearsOn(bob)]);
  const before = await heard(bob);
  await alice.evaluate(() => window.phone.renew({ fresh: true }));
  expect(verto.logins.at(-1)).toMatchObject({ login_token: 'alice-2', reconnection: true });
  await Promise.all([hearsOn(alice), hearsOn(bob)]);
  expect(await callState(alice, 'active')).toMatchObject({ held: false });
  expect((await heard(bob)).lost).toBe(before.lost);
  expect((await alice.evaluate(() => window.phone.state)).name).toBe('ready');
});

test('a softphone whose socket drops comes back with a younger token, and its call goes on', async () => {
  const verto = await fakeVerto();
  const { alice, bob } = await two(verto);
  await call(alice, bob);
  await hearsOn(bob);
  verto.drop(ALICE);
  await phoneState(alice, 'reconnecting');
  await phoneState(alice, 'ready');
  expect(verto.logins.at(-1)?.login_token).not.toBe('alice-1');
  await Promise.all([hearsOn(alice), hearsOn(bob)]);
});

test('a login that is refused fails with a reason', async () => {
  const verto = await fakeVerto();
  const page = await open(verto, { username: 'bob', password: 'wrong' });
  expect(await phoneState(page, 'failed')).toMatchObject({ reason: expect.stringMatching(/\w/) });
});

test('what Telnyx has lost is found by the check, logged in anew, and ready again', async () => {
  const verto = await fakeVerto();
  const { access, made } = tokens();
  const alice = await open(verto, access);
  await phoneState(alice, 'ready');
  verto.gatewayState = 'UNREGED';
  await alice.evaluate(() => window.phone.check());
  expect((await alice.evaluate(() => window.phone.state)).name).toBe('reconnecting');
  expect(made()).toBe(2);
  expect(verto.logins.at(-1)?.login_token).toBe('alice-2');
  verto.gatewayState = 'REGED';
  await alice.evaluate(() => window.phone.check());
  expect((await alice.evaluate(() => window.phone.state)).name).toBe('ready');
});
