/** A softphone in a browser that gives no microphone: what it says, and what is left over of the call. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { launchShell, poll } from '../support/browser.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { callOf, callState, phoneState, softphone, tokens } from '../support/softphone.ts';
import { FakeVerto } from '../support/telnyx/verto.ts';

const ALICE = '+15550001';
const BOB = '+15550002';
const CREDENTIALS = { username: 'bob', password: 'the-password-of-sip' };

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** Alice, in such a browser, and Bob, in one that has a microphone. */
async function two(given: {
  flags?: string[];
  devices?: boolean;
}): Promise<{ alice: Page; bob: Page; verto: FakeVerto }> {
  const verto = await FakeVerto.listen(({ login }) => (login === CREDENTIALS.username ? BOB : ALICE));
  const browsers = await Promise.all([launchShell(given.flags, given), launchShell()]);
  onTestFinished(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await verto.close();
  });
  const at = { serverUrl: server.url, host: verto.url };
  const [alice, bob] = await Promise.all([
    softphone(browsers[0], { ...at, access: tokens().access }),
    softphone(browsers[1], { ...at, access: CREDENTIALS }),
  ]);
  await Promise.all([phoneState(alice, 'ready'), phoneState(bob, 'ready')]);
  return { alice, bob, verto };
}

/** Collects what the next call of the page says of itself, in its order. */
async function listen(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.said = [];
    window.phone.on('call', (call) => {
      call.on('failed', ({ name, code, message }) => window.said.push({ name, code, message }));
      call.on('ended', () => window.said.push('ended'));
    });
  });
}

const said = (page: Page) =>
  poll(
    () => page.evaluate(() => window.said),
    (all) => all.includes('ended'),
  );

declare global {
  interface Window {
    said: unknown[];
  }
}

describe.each([
  ['is not allowed', { flags: ['--use-fake-ui-for-media-stream=deny'] }, 'microphone_denied', /not allowed/],
  ['is missing', { devices: false }, 'microphone_missing', /no microphone/],
])('where the microphone %s', (_, given, code, message) => {
  const failure = { name: 'PhoneError', code, message: expect.stringMatching(message) };

  test('a call that is dialled fails with a sentence, and Telnyx hears nothing of it', async () => {
    const { alice, verto } = await two(given);
    await listen(alice);
    await alice.evaluate((to) => void window.phone.dial(to), BOB);
    expect(await said(alice)).toEqual([failure, 'ended']);
    expect(await alice.evaluate(() => window.call.error?.code)).toBe(code);
    expect(await alice.evaluate(() => window.phone.calls.size)).toBe(0);
    expect(verto.calls.facts).toEqual([]);
    expect((await alice.evaluate(() => window.phone.state)).name).toBe('ready');
  });

  test('a call that is answered fails with a sentence, and ends for the other side too', async () => {
    const { alice, bob, verto } = await two(given);
    await listen(alice);
    await bob.evaluate((to) => void window.phone.dial(to), ALICE);
    await callState(alice, 'ringing');
    await alice.evaluate(() => window.call.answer());
    expect(await said(alice)).toEqual([failure, 'ended']);
    await callState(bob, 'ended');
    expect((await callOf(alice))?.state).toBe('ended');
    expect(await alice.evaluate(() => window.phone.calls.size)).toBe(0);
    expect(verto.calls.open).toBe(0);
    expect(verto.calls.facts.map(({ type }) => type)).toEqual(['call.initiated', 'call.hangup']);
  });
});
