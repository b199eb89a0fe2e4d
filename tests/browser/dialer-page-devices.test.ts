/** The softphone's page and what the machine has: microphones, speakers, notifications. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { launch } from '../support/browser.ts';
import { NUMBERS } from '../support/dialer.ts';
import { useDialerPages } from '../support/dialer-pages.ts';

const { alice: ALICE = '', bob: BOB = '' } = NUMBERS;

/** The headless shell forgets with each reload what a page may use. */
const { ready } = useDialerPages({ start: launch });

/** What an init script wrote down in `data-noted`. */
const noted = async (page: Page) =>
  ((await page.locator('html').getAttribute('data-noted')) ?? '').split('|').filter(Boolean);

test('microphone and speaker are chosen in the call, and remembered', async () => {
  const prepare = (page: Page) =>
    page.addInitScript(() => {
      const { setSinkId } = HTMLMediaElement.prototype;
      HTMLMediaElement.prototype.setSinkId = function (id) {
        document.documentElement.dataset.noted = `${document.documentElement.dataset.noted ?? ''}|${id}`;
        return setSinkId.call(this, id);
      };
    });
  const [alice, bob] = await Promise.all([ready({ prepare }), ready({ user: 'bob' })]);
  await alice.getByLabel('Number').fill(BOB);
  await alice.keyboard.press('Enter');
  await bob.getByRole('button', { name: 'Answer' }).click();
  await alice.locator('.call.active').waitFor();

  const microphone = alice.getByLabel('Microphone');
  const chosen = (await microphone.locator('option').allInnerTexts()).at(-1) ?? '';
  expect(chosen).toMatch(/Fake/);
  await microphone.selectOption({ label: chosen });
  const spokenInto = () =>
    alice.evaluate(() =>
      window.connections.flatMap((one) => one.getSenders().flatMap(({ track }) => track?.label ?? [])),
    );
  await expect.poll(spokenInto).toEqual([chosen]);

  const speaker = alice.getByRole('combobox', { name: 'Speaker' });
  await expect.poll(() => speaker.locator('option').count()).toBeGreaterThan(1);
  await speaker.selectOption({ index: 1 });
  const id = await speaker.inputValue();
  await expect.poll(() => noted(alice)).toContain(id);

  await alice.getByRole('button', { name: 'Hang up' }).click();
  await alice.reload();
  await expect.poll(() => alice.getByRole('combobox', { name: 'Speaker' }).inputValue()).toBe(id);
});

test('a call is told by a notification while the page is not seen, where the agent wants that', async () => {
  const prepare = (page: Page) =>
    page.addInitScript(() => {
      class Told {
        static permission: NotificationPermission = 'default';
        static async requestPermission(): Promise<NotificationPermission> {
          Told.permission = 'granted';
          return 'granted';
        }
        constructor(_title: string, { body = '' }: NotificationOptions) {
          document.documentElement.dataset.noted = `${document.documentElement.dataset.noted ?? ''}|${body}`;
        }
        addEventListener() {}
        close() {
          document.documentElement.dataset.noted += '|closed';
        }
      }
      Object.assign(window, { Notification: Told });
    });
  const [alice, bob] = await Promise.all([ready({ user: 'alice' }), ready({ user: 'bob', prepare })]);
  const wish = bob.getByLabel('Notify me of calls in other windows');
  await wish.check();
  const ringAtBob = async () => {
    await alice.getByLabel('Number').fill(BOB);
    await alice.keyboard.press('Enter');
    await bob.locator('.call.ringing').waitFor();
  };
  await ringAtBob();
  expect(await noted(bob)).toEqual([]); // the page is seen
  await bob.getByRole('button', { name: 'Refuse' }).click();
  await alice.getByText('The call with').waitFor();

  await bob.evaluate(() => Object.defineProperty(document, 'hidden', { value: true }));
  await ringAtBob();
  await expect.poll(() => noted(bob)).toEqual([`${ALICE} is calling`]);
  await alice.getByRole('button', { name: 'Hang up' }).click();
  await expect.poll(() => noted(bob)).toEqual([`${ALICE} is calling`, 'closed']);
});

test('a microphone that is plugged in later ends the sentence that there is none', async () => {
  const prepare = (page: Page) =>
    page.addInitScript(() => {
      const { mediaDevices } = navigator;
      const original = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = async (constraints) => {
        if (document.documentElement.dataset.plugged) return original(constraints);
        throw new DOMException('no', 'NotFoundError');
      };
    });
  const page = await ready({ prepare });
  const sentence = page.getByText('No microphone was found.');
  await sentence.waitFor();
  await page.evaluate(() => {
    document.documentElement.dataset.plugged = 'yes';
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  });
  await sentence.waitFor({ state: 'detached' });
});
