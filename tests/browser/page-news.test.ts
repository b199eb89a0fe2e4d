/** What the room page tells during a call: who comes, which devices there are, how well the others get through. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { poll } from '../support/browser.ts';
import { useRoomPages } from '../support/room-pages.ts';

const { open, join } = useRoomPages();

/** Opens the page by a link that joins, after something was changed in it. */
async function joinWith(room: string, prepare: (page: Page) => Promise<unknown>): Promise<Page> {
  const page = await open(`?room=${room}&name=Ann&user_type=host&join=1`, { prepare });
  await page.waitForSelector('html[data-state=joined]');
  return page;
}

test('a tone says that somebody comes, unless it is turned off', async () => {
  const ann = await joinWith('tone', (page) => page.addInitScript(countTones));
  const tones = () => ann.evaluate(() => window.tones);
  await join('tone', 'Bob', 'viewer');
  await ann.getByRole('status').getByText('Bob has joined').waitFor();
  const heard = await poll(tones, (count) => count > 0);

  await ann.keyboard.press('d');
  await ann.getByLabel('A soft sound when somebody joins').uncheck();
  await ann.getByRole('button', { name: 'Test Speaker' }).click();
  const tested = await poll(tones, (count) => count > heard);
  await ann.keyboard.press('Escape');
  await join('tone', 'Cem', 'viewer');
  await ann.getByText('Cem has joined').waitFor();
  expect(await tones()).toBe(tested);
});

test('a device that is plugged in is offered, and taken with one click', async () => {
  const ann = await joinWith('plugged', (page) => page.addInitScript(watchWanted));
  await ann.evaluate(() => {
    const { mediaDevices } = navigator;
    const enumerate = mediaDevices.enumerateDevices.bind(mediaDevices);
    const headset = { kind: 'audioinput', deviceId: 'new-headset', groupId: '', label: 'Headset' };
    mediaDevices.enumerateDevices = async () => [...(await enumerate()), headset as MediaDeviceInfo];
    mediaDevices.dispatchEvent(new Event('devicechange'));
  });
  const notice = ann.getByRole('status').filter({ hasText: 'Headset was plugged in.' });
  await notice.getByRole('button', { name: 'Use it' }).click();
  await expect.poll(() => ann.evaluate(() => window.wanted)).toContain('new-headset');
  await ann.keyboard.press('d');
  expect(await ann.getByRole('combobox', { name: 'Microphone' }).inputValue()).toBe('new-headset');
});

test('who does not get through well is marked, in words as well', async () => {
  const ann = await joinWith('weak', (page) => page.addInitScript(loseHalf));
  await join('weak', 'Bob');
  const tile = ann.getByRole('listitem').filter({ hasText: 'Bob' });
  await tile.getByRole('img', { name: /^poor connection: \d+ % lost, \d+ ms$/ }).waitFor();
});

test('a hand that is raised is seen by the others, and goes to the top of the list', async () => {
  const [ann, bob] = [await join('hands', 'Ann'), await join('hands', 'Zoe', 'guest')];
  await bob.keyboard.press('h');
  await ann.getByRole('status').getByText('Zoe raises a hand').waitFor();
  const tile = ann.getByRole('listitem').filter({ hasText: 'Zoe' });
  await tile.getByRole('img', { name: 'hand raised' }).waitFor();
  await ann.keyboard.press('p');
  const first = ann.getByRole('complementary').getByRole('listitem').first();
  await expect.poll(() => first.innerText()).toContain('Zoe');
});

test('the invite link has the room, and nothing of whoever copied it', async () => {
  const ann = await open('?room=invite&name=Ann&user_type=host&join=1', {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await ann.waitForSelector('html[data-state=joined]');
  await ann.getByRole('button', { name: 'More' }).click();
  await ann.getByRole('menuitem', { name: 'Copy the invite link' }).click();
  await ann.getByRole('status').getByText('The invite link is copied.').waitFor();
  const link = new URL(await ann.evaluate(() => navigator.clipboard.readText()));
  expect([link.pathname, link.search, link.hash]).toEqual(['/', '?room=invite', '']);
});

test('the invite link of a room that was typed in leads there, and so does a reload', async () => {
  const ann = await open('', { permissions: ['clipboard-read', 'clipboard-write'] });
  await ann.getByLabel('Your name').fill('Ann');
  await ann.getByLabel('Room').fill('Füße & co');
  await ann.getByRole('button', { name: 'Join', exact: true }).click();
  await ann.waitForSelector('html[data-state=joined]');
  await ann.getByRole('button', { name: 'More' }).click();
  await ann.getByRole('menuitem', { name: 'Copy the invite link' }).click();
  await ann.getByRole('status').getByText('The invite link is copied.').waitFor();
  const link = new URL(await ann.evaluate(() => navigator.clipboard.readText()));
  expect([...link.searchParams]).toEqual([['room', 'Füße & co']]);
  await ann.reload();
  await expect.poll(() => ann.getByLabel('Room').inputValue()).toBe('Füße & co');
});

/** What a finger has to hit is 44 pixels wide and high (WCAG 2.5.5), on the smallest phone as well. */
test('buttons are large enough for fingers', async () => {
  const page = await open('?room=fingers&name=Ann&user_type=host&join=1', {
    viewport: { width: 360, height: 640 },
    hasTouch: true,
    isMobile: true,
  });
  await page.waitForSelector('html[data-state=joined]');
  await join('fingers', 'Bob');
  await page.getByRole('listitem').filter({ hasText: 'Bob' }).waitFor();
  expect(await tooSmall(page)).toEqual([]);
  await page.getByRole('button', { name: 'People' }).click();
  await page.getByRole('button', { name: 'Actions for Bob' }).click();
  expect(await tooSmall(page)).toEqual([]);
});

test('a host’s window for one person is wholly in sight on a phone on its side', async () => {
  const page = await open('?room=side&name=Ann&user_type=host&join=1', {
    viewport: { width: 844, height: 390 },
  });
  await page.waitForSelector('html[data-state=joined]');
  await join('side', 'Bob', 'guest');
  await page.keyboard.press('p');
  await page.getByRole('button', { name: 'Actions for Bob' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Remove and keep out').waitFor();
  expect(await dialog.evaluate((one) => one.scrollHeight - one.clientHeight)).toBe(0);
});

/** The buttons that are too small, by name. */
function tooSmall(page: Page): Promise<string[]> {
  return page.locator('button:visible').evaluateAll((buttons) =>
    buttons.flatMap((button) => {
      const { width, height } = button.getBoundingClientRect();
      const name = button.getAttribute('aria-label') ?? button.textContent;
      return Math.min(width, height) < 43.9 ? [`${name}: ${width} by ${height}`] : [];
    }),
  );
}

/** Runs in the page. */
function countTones(): void {
  window.tones = 0;
  const create = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function (this: AudioContext) {
    window.tones++;
    return create.call(this);
  };
}

/** Runs in the page: notes the ids of the devices that it asks for. */
function watchWanted(): void {
  window.wanted = [];
  const { mediaDevices } = navigator;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = (wanted) => {
    for (const one of [wanted?.audio, wanted?.video]) {
      if (typeof one === 'object' && typeof one.deviceId === 'string') window.wanted.push(one.deviceId);
    }
    return getUserMedia(wanted);
  };
}

/** Runs in the page: as many packets were lost as came. */
function loseHalf(): void {
  const getStats = RTCPeerConnection.prototype.getStats;
  RTCPeerConnection.prototype.getStats = async function (this: RTCPeerConnection, ...args: []) {
    const report = await getStats.apply(this, args);
    const lost = [...report].map(([id, stat]) => {
      return [id, stat.type === 'inbound-rtp' ? { ...stat, packetsLost: stat.packetsReceived } : stat];
    });
    return new Map(lost as [string, unknown][]) as unknown as RTCStatsReport;
  } as typeof getStats;
}

declare global {
  interface Window {
    tones: number;
    wanted: string[];
  }
}
