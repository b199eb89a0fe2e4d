/** The softphone's page, as agents use it: in a real browser, at a fake of Telnyx. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { poll } from '../support/browser.ts';
import { becomes, FROM, faultsOf, NUMBERS } from '../support/dialer.ts';
import { useDialerPages } from '../support/dialer-pages.ts';
import { heard } from '../support/softphone.ts';

const { alice: ALICE = '', bob: BOB = '' } = NUMBERS;

/** Whatever a test does: the page keeps to its policy, and nothing is thrown in it. */
const pages = useDialerPages({
  onClosed(opened) {
    expect(opened.flatMap((page) => faultsOf.get(page) ?? [])).toEqual([]);
  },
});
const { open, ready } = pages;

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const key = (page: Page, digit: string) => page.locator('.key').filter({ hasText: digit });
const callIn = (page: Page, state: string) => page.locator(`.call.${state}`).waitFor();
const over = (page: Page) => page.getByText('The call with').waitFor();

async function dial(page: Page, number: string): Promise<void> {
  await page.getByLabel('Number').fill(number);
  await page.keyboard.press('Enter');
}

/** Alice has called Bob, and Bob has answered. */
async function talking(): Promise<{ alice: Page; bob: Page }> {
  const [alice, bob] = await Promise.all([ready(), ready({ user: 'bob' })]);
  await dial(alice, BOB);
  await button(bob, 'Answer').click();
  await Promise.all([callIn(alice, 'active'), callIn(bob, 'active')]);
  return { alice, bob };
}

function digits(): unknown[] {
  const dialled = pages.dialing.verto.calls.facts.filter(({ type }) => type === 'call.dtmf.received');
  return dialled.map(({ digit }) => digit);
}

describe('a call', () => {
  test('an agent calls, the other hears it ring, answers, and both hear each other', async () => {
    const [alice, bob] = await Promise.all([ready(), ready({ user: 'bob' })]);
    expect(alice.url()).toBe(`${pages.dialing.server.url}/dialer`);
    await dial(alice, '+1 (555) 000-1002');
    await callIn(alice, 'dialling');
    await alice.getByText('Calling…').waitFor();

    await bob
      .getByRole('alert')
      .filter({ hasText: `${ALICE} is calling.` })
      .waitFor({ state: 'attached' });
    await expect.poll(() => bob.title()).toBe(`☎ ${ALICE} is calling`);
    const call = bob.getByRole('region', { name: ALICE });
    await call.getByText('Incoming call').waitFor();
    await call.getByRole('button', { name: 'Answer' }).click();

    await Promise.all([callIn(alice, 'active'), callIn(bob, 'active')]);
    await expect.poll(() => bob.title()).toBe('Softphone');
    await alice.getByRole('region', { name: BOB }).getByText('Outgoing call').waitFor();
    for (const page of [alice, bob]) {
      await poll(
        () => heard(page),
        ({ energy }) => energy > 1e-4,
      );
    }
    const clock = alice.getByRole('timer', { name: 'Duration' });
    await expect.poll(() => clock.innerText()).toMatch(/^0:(0[3-9]|[1-5]\d)$/);

    await button(bob, 'Hang up').click();
    await Promise.all([over(alice), over(bob)]);
    await expect.poll(() => button(alice, 'Call').isVisible()).toBe(true);
  });

  test('an incoming call rings aloud until it is refused', async () => {
    const sounds = (page: Page) =>
      page.addInitScript(() => {
        const { start } = OscillatorNode.prototype;
        OscillatorNode.prototype.start = function (when) {
          document.documentElement.dataset.tones = String(
            Number(document.documentElement.dataset.tones ?? 0) + 1,
          );
          start.call(this, when);
        };
      });
    const [alice, bob] = await Promise.all([ready(), ready({ user: 'bob', prepare: sounds })]);
    await dial(alice, BOB);
    await callIn(bob, 'ringing');
    const tones = async () => Number((await bob.locator('html').getAttribute('data-tones')) ?? 0);
    await expect.poll(tones).toBeGreaterThan(4); // the second ring has begun
    await button(bob, 'Refuse').click();
    await Promise.all([over(alice), over(bob)]);
    const before = await tones();
    await bob.waitForFunction((end) => Date.now() > end, Date.now() + 3500);
    expect(await tones()).toBe(before);
  });

  test('is muted, held and taken up again', async () => {
    const { alice } = await talking();
    await button(alice, 'Mute').click();
    await expect.poll(() => button(alice, 'Mute').getAttribute('aria-pressed')).toBe('true');
    const enabled = () =>
      alice.evaluate(() =>
        window.connections.flatMap((one) =>
          one.getSenders().flatMap(({ track }) => (track?.readyState === 'live' ? [track.enabled] : [])),
        ),
      );
    expect(await enabled()).toEqual([false]);
    await button(alice, 'Mute').click();
    await expect.poll(enabled).toEqual([true]);

    await button(alice, 'Hold').click();
    await alice.getByText('On hold').waitFor();
    expect(await button(alice, 'Hold').getAttribute('aria-pressed')).toBe('true');
    await button(alice, 'Hold').click();
    await alice.getByText('In the call').waitFor();
  });

  test('is dialled into with the keypad and with the keyboard', async () => {
    const { alice } = await talking();
    const before = digits().length;
    await button(alice, 'Keypad').click();
    await key(alice, '4').click();
    await key(alice, '#').click();
    await alice.keyboard.press('7');
    await expect.poll(() => digits().slice(before)).toEqual(['4', '#', '7']);
    expect(await alice.locator('.sent output').innerText()).toBe('4#7');
  });

  test('is made and ended by keyboard alone', async () => {
    const [alice, bob] = await Promise.all([ready(), ready({ user: 'bob' })]);
    await alice.getByLabel('Number').focus();
    await alice.keyboard.type(BOB);
    await alice.keyboard.press('Enter');
    await callIn(bob, 'ringing');
    const focused = () => bob.evaluate(() => document.activeElement?.textContent);
    await expect.poll(focused).toContain('Incoming call');
    await bob.keyboard.press('Tab');
    expect(await focused()).toBe('Answer');
    await bob.keyboard.press('Enter');
    await callIn(alice, 'active');
    await expect.poll(() => alice.evaluate(() => document.activeElement?.className)).toContain('call active');
    for (let i = 0; i < 4; i++) await alice.keyboard.press('Tab');
    await alice.keyboard.press('Enter');
    await Promise.all([over(alice), over(bob)]);
  });

  test('to a number that does not exist ends with a sentence', async () => {
    const alice = await ready();
    await dial(alice, '+15559999999');
    await alice.getByText('The call with +15559999999 has ended: there is no such number.').waitFor();
  });

  test('a second one that is answered puts the first on hold', async () => {
    const { alice, bob } = await talking();
    const other = await ready({ user: 'bob' }); // the same number, logged in once more
    await dial(other, ALICE);
    await alice.locator('.call.ringing').getByRole('button', { name: 'Answer' }).click();
    await callIn(other, 'active');
    expect(await alice.locator('.call.active').count()).toBe(2);
    await alice.getByText('On hold').waitFor();
    await button(bob, 'Hang up').click();
    await expect.poll(() => alice.locator('.call.active').count()).toBe(1);
  });
});

describe('the number', () => {
  test('comes from the keypad, with a plus where 0 is held', async () => {
    const alice = await ready();
    const field = alice.getByLabel('Number');
    await key(alice, '0').hover();
    await alice.mouse.down();
    await expect.poll(() => field.inputValue()).toBe('+');
    await alice.mouse.up();
    for (const digit of ['1', '5', '0']) await key(alice, digit).click();
    await button(alice, 'Delete the last digit').click();
    expect(await field.inputValue()).toBe('+15');
  });

  test('that is none is refused with a sentence, which goes when it is mended', async () => {
    const alice = await ready();
    await dial(alice, 'hello');
    const sentence = alice.getByText('This is no number that can be called.');
    await sentence.waitFor();
    expect(await alice.getByLabel('Number').getAttribute('aria-invalid')).toBe('true');
    await alice.getByLabel('Number').fill('+1555');
    await sentence.waitFor({ state: 'detached' });
  });

  test('that one calls from is chosen, used and remembered', async () => {
    const [alice, bob] = await Promise.all([ready(), ready({ user: 'bob' })]);
    const from = alice.getByLabel('Call from');
    expect(await from.inputValue()).toBe(FROM[0]);
    await from.selectOption(FROM[1] ?? '');
    await dial(alice, BOB);
    await bob.getByRole('region', { name: FROM[1] ?? '' }).waitFor();
    await button(alice, 'Hang up').click();
    await over(bob);
    await alice.reload();
    await expect.poll(() => alice.getByLabel('Call from').inputValue()).toBe(FROM[1]);
  });
});

describe('what the server tells', () => {
  test('events come as they happen, recent calls follow, and one of them is called again', async () => {
    const { alice, bob } = await talking();
    await alice.getByText('call-answered').first().waitFor();
    const last = alice.getByRole('region', { name: 'Recent calls' }).getByRole('listitem').first();
    await last.getByText('going on').waitFor();
    await button(bob, 'Hang up').click();
    await pages.dialing.delivered();
    await alice.getByText('call-hangup').first().waitFor();
    await last.getByText(/^\d:\d\d$/).waitFor();
    await last.getByRole('button').click();
    expect(await alice.getByLabel('Number').inputValue()).toBe(BOB);
  });

  test('the token is refreshed on demand, and the log says so', async () => {
    const alice = await ready();
    const logins = pages.dialing.verto.logins.length;
    const lines = alice.getByRole('list', { name: 'Connection log' }).getByRole('listitem');
    const before = await lines.count();
    await button(alice, 'Refresh token').click();
    await alice.getByText('The login was renewed').waitFor();
    expect(await lines.count()).toBe(before + 1);
    expect(pages.dialing.verto.logins.length).toBe(logins + 1);
    await button(alice, 'Refresh token').waitFor();
  });

  test('the log has the states with their times', async () => {
    const alice = await ready();
    pages.dialing.verto.drop(ALICE);
    const items = alice.getByRole('list', { name: 'Connection log' }).getByRole('listitem');
    const states = async () => {
      const said = (await items.allInnerTexts()).map((line) => line.replace(/\s+/g, ' ')).toReversed();
      const withTimes = said.filter((line) => /^\d\d:\d\d:\d\d (Connecting|Ready|Coming back)/.test(line));
      return withTimes.map((line) => line.slice(9));
    };
    await expect.poll(states).toEqual(['Connecting…', 'Ready', 'Coming back…', 'Ready']);
  });
});

test('without a token, in development, the page gets one by itself, always of the same user', async () => {
  const page = await open({ token: '', query: 'name=bob' });
  await becomes(page, 'ready');
  await page.getByText('bob', { exact: true }).waitFor();
});
