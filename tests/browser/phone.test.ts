/** Two softphones in a real browser, at a fake of Telnyx: they call each other, and hear each other. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchShell, poll } from '../support/browser.ts';
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
import { callIds, WebhookSender, webhookEvent } from '../support/telnyx/webhooks.ts';

const ALICE = '+15550001';
const BOB = '+15550002';
/** Of the agent who has credentials in place of tokens. */
const CREDENTIALS = { username: 'bob', password: 'the-password-of-sip' };

let browser: Browser;
let server: TestServer;
const webhooks = new WebhookSender();

beforeAll(async () => {
  [browser, server] = await Promise.all([
    launchShell(),
    startServer({ TELNYX_PUBLIC_KEY: webhooks.publicKey }),
  ]);
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

async function open(verto: FakeVerto, access: Access, events = false): Promise<Page> {
  const page = await softphone(browser, { serverUrl: server.url, host: verto.url, access, events });
  onTestFinished(() => page.context().close());
  return page;
}

/** Alice by token, Bob by credentials, both ready; and their call where it is answered. */
async function two(verto: FakeVerto, events = false): Promise<{ alice: Page; bob: Page }> {
  const [alice, bob] = await Promise.all([
    open(verto, tokens().access, events),
    open(verto, CREDENTIALS, events),
  ]);
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
  await alice.evaluate(() => window.phoneStates.splice(0));
  verto.drop(ALICE);
  await poll(
    () => alice.evaluate(() => window.phoneStates),
    (states) => states.includes('reconnecting') && states.at(-1) === 'ready',
  );
  expect(verto.logins.at(-1)?.login_token).not.toBe('alice-1');
  await Promise.all([hearsOn(alice), hearsOn(bob)]);
});

test('a login that is refused fails with a reason', async () => {
  const verto = await fakeVerto();
  const page = await open(verto, { username: 'bob', password: 'wrong' });
  expect(await phoneState(page, 'failed')).toMatchObject({ reason: expect.stringMatching(/\w/) });
});

/** The names of what the server told a page of its call. */
function told(page: Page, count: number): Promise<string[]> {
  return poll(
    () => page.evaluate(() => window.call?.events.map(({ event }) => event) ?? []),
    (events) => events.length >= count,
  );
}

test('a call has the events of its own, from the webhooks, for who calls and for who is called', async () => {
  const verto = await fakeVerto();
  const { alice, bob } = await two(verto, true);
  const send = (type: string, payload: object) =>
    webhooks.send(`${server.url}/webhooks/telnyx`, webhookEvent(type, { ...payload }));
  let sent: Promise<unknown> = Promise.resolve();
  verto.calls.onFact = ({ type, call_control_id, call_session_id }) => {
    const ids = callIds({ call_control_id, call_session_id });
    const cause = type === 'call.hangup' && { hangup_cause: 'normal_clearing' };
    sent = sent.then(() => send(type, { ...ids, ...cause }));
  };
  await call(alice, bob);
  const own = await bob.evaluate(() => ({
    call_control_id: window.call.callControlId ?? '',
    call_session_id: window.call.sessionId ?? '',
  }));
  // Each leg has events of its own at Telnyx; another call's are for neither.
  await send('call.answered', callIds(own));
  await send('call.answered', callIds());
  expect(await told(alice, 2)).toEqual(['call-initiated', 'call-answered']);
  expect(await told(bob, 1)).toEqual(['call-answered']);

  await bob.evaluate(() => window.call.hangup());
  await Promise.all([callState(alice, 'ended'), callState(bob, 'ended')]);
  await sent;
  const recording_urls = { mp3: 'https://files.example/1.mp3' };
  await send('call.recording.saved', { call_session_id: own.call_session_id, recording_urls });
  expect((await told(alice, 4)).slice(2)).toEqual(['call-hangup', 'call-recording-saved']);
  expect(await told(bob, 2)).toEqual(['call-answered', 'call-recording-saved']);
  const facts = await alice.evaluate(() => [window.call.hangupCause, window.call.recordings] as const);
  expect(facts).toEqual(['normal_clearing', [recording_urls]]);
});

test('microphone and speaker are changed during a call, and are those of the next call too', async () => {
  const verto = await fakeVerto();
  const { alice, bob } = await two(verto);
  await call(alice, bob);
  await hearsOn(bob);
  const chosen = await alice.evaluate(async () => {
    const { microphones, speakers } = await window.phone.devices();
    const [microphone, speaker] = [microphones.at(-1)?.deviceId ?? '', speakers.at(-1)?.deviceId ?? ''];
    await window.phone.setMicrophone(microphone);
    await window.phone.setSpeaker(speaker);
    return { microphone, speaker };
  });
  expect(chosen).toEqual({ microphone: expect.stringMatching(/./), speaker: expect.stringMatching(/./) });
  expect(await devicesOf(alice)).toEqual(chosen);
  await Promise.all([hearsOn(alice), hearsOn(bob)]);

  await alice.evaluate(() => window.call.hangup());
  await Promise.all([callState(alice, 'ended'), callState(bob, 'ended')]);
  await call(alice, bob);
  expect(await devicesOf(alice)).toEqual(chosen);
  await hearsOn(bob);
});

/** What the page's newest call is spoken into and heard by. */
function devicesOf(page: Page) {
  return page.evaluate(() => {
    const senders = window.connections.at(-1)?.getSenders() ?? [];
    const track = senders.find((sender) => sender.track?.kind === 'audio')?.track;
    return { microphone: track?.getSettings().deviceId, speaker: window.speakers.at(-1)?.sinkId };
  });
}
