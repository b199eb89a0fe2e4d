/** The room page, as people use it and as screen readers find it. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { faults } from '../support/axe.ts';
import { poll, seesMotion } from '../support/browser.ts';
import { useRoomPages } from '../support/room-pages.ts';

const pages = useRoomPages();
const { open, join } = pages;

function invitation(room: string, claims: object = {}): string {
  return `#token=${pages.server.token({ user_id: 'ann', name: 'Ann', room, user_type: 'presenter', ...claims })}`;
}

describe('before a call', () => {
  test('an invited person sees the preview, and is in the call with one click', async () => {
    const page = await open(invitation('invited'));
    await seesMotion(page, 'video[data-self][data-source=camera]');
    await page.getByText('as presenter').waitFor();
    await poll(
      () => page.getByRole('meter').evaluate((meter) => (meter as HTMLMeterElement).value),
      (level) => level > 0.2,
    );
    await page.getByRole('button', { name: 'Join' }).click();
    await page.waitForSelector('html[data-state=joined]');
    expect(await page.getByRole('button', { name: 'Camera' }).getAttribute('aria-pressed')).toBe('true');
  });

  test('what was chosen is remembered, and goes into the call', async () => {
    const page = await open('?room=remembered');
    await page.getByLabel('Your name').fill('Ann');
    await page.waitForSelector('video[data-self]');
    await page.getByRole('button', { name: 'Camera' }).click();
    await page.waitForSelector('video[data-self]', { state: 'detached' });
    await page.getByRole('button', { name: 'Join' }).click();
    await page.waitForSelector('html[data-state=joined]');
    expect(await page.getByRole('button', { name: 'Camera' }).getAttribute('aria-pressed')).toBe('false');
    expect(await page.getByRole('button', { name: 'Microphone' }).getAttribute('aria-pressed')).toBe('true');

    await page.goto(`${pages.server.url}/?room=remembered`);
    await expect.poll(() => page.getByLabel('Your name').inputValue()).toBe('Ann');
    expect(await page.getByRole('button', { name: 'Camera' }).getAttribute('aria-pressed')).toBe('false');
  });

  test('a link that has ended says so before anybody clicks', async () => {
    const page = await open('#token=a.b.c');
    await page.getByText('Ask whoever invited you for a new link.').waitFor();
  });

  test('without camera and microphone one joins and watches', async () => {
    const refuse = (page: Page) =>
      page.addInitScript(() => {
        navigator.mediaDevices.getUserMedia = async () => {
          throw new DOMException('no', 'NotAllowedError');
        };
      });
    const bob = await join('watching', 'Bob');
    const page = await open(invitation('watching'), { prepare: refuse });
    await page.getByText('Camera and microphone are not allowed.').waitFor();
    await page.getByRole('button', { name: 'Join' }).click();
    await seesMotion(page, 'video[data-peer-id][data-source=camera]');
    await bob.getByText('Ann', { exact: true }).waitFor();
  });

  test.each([
    ['NotFoundError', 'No camera or microphone was found.'],
    ['NotReadableError', 'Camera and microphone are in use by another program.'],
  ])('%s is one sentence', async (name, sentence) => {
    const page = await open(invitation('failing'), {
      prepare: (page) =>
        page.addInitScript((name) => {
          navigator.mediaDevices.getUserMedia = async () => {
            throw new DOMException('no', name);
          };
        }, name),
    });
    await page.getByText(sentence).waitFor();
  });
});

describe('in a call', () => {
  test('keys do what the buttons do, and nothing while somebody writes', async () => {
    const page = await join('keys', 'Ann');
    const mic = page.getByRole('button', { name: 'Microphone' });
    await page.keyboard.press('m');
    await expect.poll(() => mic.getAttribute('aria-pressed')).toBe('false');
    await page.keyboard.press('c');
    await page.getByLabel('Message to all').waitFor();
    await page.keyboard.type('mmh');
    expect(await page.getByLabel('Message to all').inputValue()).toBe('mmh');
    expect(await mic.getAttribute('aria-pressed')).toBe('false');
    await page.keyboard.press('Escape');
    await page.getByLabel('Message to all').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('what is written while the chat is closed is counted', async () => {
    const [ann, bob] = [await join('unread', 'Ann'), await join('unread', 'Bob')];
    await bob.keyboard.press('c');
    await bob.getByLabel('Message to all').fill('hello');
    await bob.keyboard.press('Enter');
    await ann.getByText('Bob: hello').waitFor();
    await ann.getByText('1 new message').waitFor({ state: 'attached' });
    await ann.keyboard.press('c');
    await ann.getByText('1 new message').waitFor({ state: 'detached' });
  });

  test('who is pinned is large', async () => {
    const [ann] = [await join('pinned', 'Ann'), await join('pinned', 'Bob')];
    const tile = ann.getByRole('listitem').filter({ hasText: 'Bob' });
    await tile.getByRole('button', { name: 'Pin Bob' }).focus();
    await ann.keyboard.press('Enter');
    await expect.poll(async () => (await tile.boundingBox())?.width ?? 0).toBeGreaterThan(900);
  });

  test('a camera that is unplugged is replaced, and the others go on seeing', async () => {
    const [ann, bob] = [await join('unplugged', 'Ann'), await join('unplugged', 'Bob')];
    await seesMotion(ann, 'video[data-peer-id][data-source=camera]');
    await bob.evaluate(() => {
      const video = document.querySelector<HTMLVideoElement>('video[data-self]');
      const [track] = (video?.srcObject as MediaStream).getVideoTracks();
      track?.stop();
      track?.dispatchEvent(new Event('ended'));
    });
    await bob.getByText('The camera was unplugged').waitFor();
    await seesMotion(ann, 'video[data-peer-id][data-source=camera]');
  });

  test('nothing is wider or higher than a phone, in both directions of reading', async () => {
    for (const direction of ['ltr', 'rtl']) {
      const page = await open(`?room=phone&name=Ann&join=1&dir=${direction}`, {
        viewport: { width: 360, height: 640 },
      });
      await page.waitForSelector('html[data-state=joined]');
      const beyond = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        const edges = [...document.querySelectorAll('.tool, .tile, .count')].map((element) =>
          element.getBoundingClientRect(),
        );
        return {
          scrollWidth,
          scrollHeight,
          outside: edges.filter(({ left, right, bottom }) => left < 0 || right > 360 || bottom > 640).length,
        };
      });
      expect(beyond).toEqual({ scrollWidth: 360, scrollHeight: 640, outside: 0 });
    }
  });
});

describe('for everybody', () => {
  test('axe finds nothing before, in and after a call, in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open(`?room=axe-${colorScheme}&name=Ann&user_type=host`, { colorScheme });
      await page.waitForSelector('video[data-self]');
      expect(await faults(page)).toEqual([]);
      await page.getByRole('button', { name: 'Join' }).click();
      await page.waitForSelector('html[data-state=joined]');
      expect(await faults(page)).toEqual([]);
      for (const [key, role] of [
        ['c', 'complementary'],
        ['p', 'complementary'],
        ['d', 'dialog'],
        ['?', 'dialog'],
      ] as const) {
        await page.keyboard.press(key);
        await page.getByRole(role).waitFor();
        expect(await faults(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByRole(role).waitFor({ state: 'detached' });
      }
      await page.getByRole('button', { name: 'More' }).click();
      expect(await faults(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Leave' }).click();
      await page.waitForSelector('html[data-state=left]');
      expect(await faults(page)).toEqual([]);
    }
  });

  test('the language is the browser’s', async () => {
    const page = await open('?room=sprache', { locale: 'de-AT' });
    await page.getByRole('button', { name: 'Teilnehmen' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('de');
  });
});
