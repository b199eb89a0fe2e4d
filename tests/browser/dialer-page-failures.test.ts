/** What the softphone's page says when something is missing, and that everybody can use it in each state. */
import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { agentToken } from '../support/agent.ts';
import { faults } from '../support/axe.ts';
import { stopClock } from '../support/clock.ts';
import { becomes, type DialerPageOptions, faultsOf, NUMBERS, startDialing } from '../support/dialer.ts';
import { useDialerPages } from '../support/dialer-pages.ts';
import { startServer } from '../support/server.ts';

const { bob: BOB = '' } = NUMBERS;

const pages = useDialerPages();
const { open, ready } = pages;

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const key = (page: Page, digit: string) => page.locator('.key').filter({ hasText: digit });
const sentence = (page: Page, text: string) => page.getByRole('alert').getByText(text).waitFor();

/** A page whose browser gives no microphone, until the test says `allow`. */
function refusing(name: string): DialerPageOptions {
  return {
    prepare: (page) =>
      page.addInitScript((name) => {
        const { mediaDevices } = navigator;
        const original = mediaDevices.getUserMedia.bind(mediaDevices);
        mediaDevices.getUserMedia = async (constraints) => {
          if (document.documentElement.dataset.allow) return original(constraints);
          throw new DOMException('no', name);
        };
      }, name),
  };
}

/** What stands beside the dot, which is green for `Ready` alone. */
async function state(page: Page, text: string): Promise<void> {
  await page.getByRole('status').filter({ hasText: 'State of the softphone' }).getByText(text).waitFor();
  const dot = await page
    .locator('.state')
    .evaluate((one) => getComputedStyle(one, '::before').backgroundColor);
  const good = await page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = 'var(--good)';
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  });
  expect(dot === good).toBe(text === 'Ready');
}

/** Runs in the page: the microphone is gone when `data-gone` is set. */
const takeAway = (page: Page) =>
  page.addInitScript(() => {
    const { mediaDevices } = navigator;
    const original = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
      if (!document.documentElement.dataset.gone) return original(constraints);
      throw new DOMException('no', 'NotFoundError');
    };
  });

describe('one sentence says what is wrong, and what to do', () => {
  test.each([
    ['NotAllowedError', 'The microphone is not allowed. Allow it in the address bar'],
    ['NotFoundError', 'No microphone was found. Plug one in'],
    ['NotReadableError', 'The microphone did not start: another program may have it.'],
  ])('%s: and no half call is made', async (name, text) => {
    const page = await ready(refusing(name));
    await sentence(page, text);
    await state(page, 'No microphone');
    const before = pages.dialing.verto.calls.facts.length;
    await page.getByLabel('Number').fill(BOB);
    await button(page, 'Call').click();
    expect(await page.locator('.call').count()).toBe(0);
    expect(pages.dialing.verto.calls.facts.length).toBe(before);
    await page.evaluate(() => {
      document.documentElement.dataset.allow = 'yes';
    });
    await button(page, 'Try again').click();
    await page.getByText(text).waitFor({ state: 'detached' });
    await state(page, 'Ready');
  });

  test('a microphone that is taken away later', async () => {
    const page = await ready({ prepare: takeAway });
    await state(page, 'Ready');
    await page.evaluate(() => {
      document.documentElement.dataset.gone = 'yes';
      navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
    });
    await sentence(page, 'No microphone was found. Plug one in');
    await state(page, 'No microphone');
  });

  test('plain HTTP from another host', async () => {
    const page = await open({
      prepare: (page) =>
        page.addInitScript(() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined })),
    });
    await sentence(page, 'Browsers give the microphone only to pages over HTTPS or on localhost.');
  });

  test('a login that Telnyx refuses, and the next try', async () => {
    const { telnyx } = pages.dialing;
    const credential = telnyx.addCredential(telnyx.addConnection());
    const refused = await startDialing({
      TELNYX_WEBRTC_CONNECTION_ID: '',
      TELNYX_API_URL: telnyx.url,
      TELNYX_API_KEY: telnyx.apiKey,
      TELNYX_TELEPHONY_CREDENTIAL_ID: credential.id,
    });
    onTestFinished(() => refused.close());
    const page = await open({}, refused);
    await becomes(page, 'failed');
    await sentence(page, 'Telnyx did not take the login:');
    expect(refused.verto.logins.length).toBe(1);
    await button(page, 'Try again').click();
    await expect.poll(() => refused.verto.logins.length).toBe(2);
    await becomes(page, 'failed');
    expect(refused.verto.logins.length).toBe(2);
  });

  test('an API key that Telnyx refuses', async () => {
    const refused = await startDialing({ TELNYX_API_KEY: 'KEY-of-nobody' });
    onTestFinished(() => refused.close());
    const page = await open({}, refused);
    await sentence(page, 'Telnyx refuses the API key of this server.');
    await becomes(page, 'failed');
  });

  test('a server without telephony', async () => {
    const server = await startServer();
    onTestFinished(() => server.close());
    const page = await open({}, { server });
    await sentence(page, 'Telephony is not set up on this server:');
    await becomes(page, 'failed');
  });

  test('no token where none is to be had', async () => {
    const server = await startServer({ ENVIRONMENT: 'production' });
    onTestFinished(() => server.close());
    const page = await open({ token: '' }, { server });
    await sentence(page, 'You need a link with a token of an agent.');
  });

  test.each([
    ['of nobody', () => 'a.b.c', 'The server did not accept your link:'],
    ['of a guest', () => agentToken({ user_type: 'guest' }), 'Your link is not one of an agent'],
  ])('a token %s', async (_what, token, text) => {
    await sentence(await open({ token: token() }), text);
  });

  test('a token that ends while the page is open', async () => {
    const clock = stopClock();
    onTestFinished(clock.restore);
    const strict = await startDialing({ TOKEN_CLOCK_TOLERANCE: '0' });
    onTestFinished(() => strict.close());
    const page = await open({ token: agentToken({}, 1) }, strict);
    await becomes(page, 'ready');
    await clock.advance(1000);
    await sentence(page, 'Your link has ended. Ask whoever gave you the link for a new one.');
    expect(await page.locator('html').getAttribute('data-state')).toBe('ready');
  });

  test('no network, until it is back', async () => {
    const page = await ready();
    await page.context().setOffline(true);
    await sentence(page, 'This computer has no network.');
    await state(page, 'No network');
    await page.context().setOffline(false);
    await page.getByText('This computer has no network.').waitFor({ state: 'detached' });
  });

  test('a server that cannot be reached', async () => {
    const page = await open({
      prepare: (page) => page.route('**/api/v1/telephony/config', (route) => route.abort()),
    });
    await sentence(page, 'The server cannot be reached.');
    await page.unroute('**/api/v1/telephony/config');
    await button(page, 'Try again').click();
    await becomes(page, 'ready');
  });
});

describe('for everybody', () => {
  test.each(['light', 'dark'] as const)('axe finds nothing when %s', async (colorScheme) => {
    // What rings moves until it is answered: nothing that moves would ever come to rest.
    const options = { colorScheme, reducedMotion: 'reduce' } as const;
    const failed = await open({ ...options, token: 'a.b.c' });
    await becomes(failed, 'failed');
    expect(await faults(failed)).toEqual([]);
    await failed.context().close();

    const [alice, bob] = await Promise.all([ready(options), ready({ ...options, user: 'bob' })]);
    expect(await faults(alice)).toEqual([]);
    await alice.getByLabel('Number').fill(BOB);
    await alice.keyboard.press('Enter');
    await bob.locator('.call.ringing').waitFor();
    expect(await faults(bob)).toEqual([]);
    expect(await faults(alice)).toEqual([]);
    await button(bob, 'Answer').click();
    await alice.locator('.call.active').waitFor();
    await button(alice, 'Keypad').click();
    await key(alice, '1').click();
    await button(alice, 'Mute').click();
    expect(await faults(alice)).toEqual([]);
    await button(alice, 'Hang up').click();
    await alice.getByText('The call with').waitFor();
    await alice.getByRole('region', { name: 'Recent calls' }).getByRole('listitem').first().waitFor();
    expect(await faults(alice)).toEqual([]);
    expect(faultsOf.get(alice)).toEqual([]);
  });

  test.each(['ltr', 'rtl'])('nothing is wider than a small phone, read %s', async (direction) => {
    const [page, bob] = await Promise.all([
      ready({ query: `dir=${direction}`, viewport: { width: 360, height: 640 } }),
      ready({ user: 'bob' }),
    ]);
    const widest = () => page.evaluate(() => document.documentElement.scrollWidth);
    expect(await widest()).toBe(360);
    await page.getByLabel('Number').fill(BOB);
    await button(page, 'Call').click();
    await button(bob, 'Answer').click();
    await page.locator('.call.active').waitFor();
    expect(await widest()).toBe(360);
    const hangup = await button(page, 'Hang up').boundingBox();
    expect((hangup?.y ?? 0) + (hangup?.height ?? 0)).toBeLessThanOrEqual(640);
  });

  test('the language is the browser’s', async () => {
    const page = await ready({ locale: 'de-AT' });
    await button(page, 'Anrufen').waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('de');
    expect(await page.title()).toBe('Softphone');
  });
});
