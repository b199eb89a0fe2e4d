/** What the room page says when something goes wrong, and the way out that it offers. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { faults } from '../support/axe.ts';
import { nextSecond } from '../support/clock.ts';
import { useRoomPages } from '../support/room-pages.ts';

const pages = useRoomPages();
const { open, join } = pages;

/** A server that takes the connection and says nothing. */
const hang = (page: Page) => page.routeWebSocket('**/aq_server/websocket*', () => {});

test('a join that takes too long can be given up, and tried again', async () => {
  const page = await open('?room=slow&name=Ann', { prepare: hang });
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByRole('button', { name: 'Joining…' }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  const again = page.getByRole('button', { name: 'Join', exact: true });
  await again.waitFor();
  expect(await again.isEnabled()).toBe(true);
  expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0);
  expect(await page.getByRole('alert').filter({ hasText: /./ }).count()).toBe(0);
});

test.each([
  {
    what: 'a link with a broken token',
    link: '#token=a.b.c',
    sentence: 'Ask whoever invited you for a new link.',
  },
  {
    what: 'a browser without WebRTC',
    link: '?room=none&name=Ann&join=1',
    sentence: 'This browser cannot take part in calls.',
    prepare: (page: Page) => page.addInitScript(() => Reflect.deleteProperty(window, 'RTCPeerConnection')),
  },
  {
    what: 'a server that gives no tokens away',
    link: '?room=none&name=Ann&join=1',
    sentence: 'You need an invite link to join.',
    prepare: (page: Page) => page.route('**/api/v1/dev/token', (route) => route.fulfill({ status: 404 })),
  },
])('$what: no button that cannot help, and the devices are given back', async (row) => {
  const prepare = async (page: Page) => {
    await page.addInitScript(keepTracks);
    await row.prepare?.(page);
  };
  const page = await open(row.link, { prepare });
  await page.getByRole('heading', { name: 'You cannot join' }).waitFor();
  await page.getByText(row.sentence).waitFor();
  expect(await page.getByRole('button').count()).toBe(0);
  const states = () => page.evaluate(() => window.tracks.map(({ readyState }) => readyState));
  await expect.poll(states).toEqual(['ended', 'ended']);
  expect(await faults(page)).toEqual([]);
});

test('whoever was removed is told so, and may come again', async () => {
  const [host, bob] = [await join('again', 'Ann', 'host'), await join('again', 'Bob', 'guest')];
  await host.keyboard.press('p');
  await host.getByRole('button', { name: 'Actions for Bob' }).click();
  await host.getByRole('button', { name: 'Remove from the room' }).click();
  await bob.getByText('The host removed you from the room.').waitFor();
  expect(await faults(bob)).toEqual([]);
  await nextSecond(); // a token of the second of the removal is refused
  await bob.getByRole('button', { name: 'Join again' }).click();
  await bob.getByRole('button', { name: 'Join', exact: true }).click();
  await bob.waitForSelector('html[data-state=joined]');
});

test('whoever joins again has the microphone and the camera on that were on', async () => {
  const page = await join('rejoin', 'Ann');
  const pressed = (name: string, on: boolean) =>
    page.getByRole('button', { name, exact: true, pressed: on }).waitFor();
  const again = async () => {
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('button', { name: 'Join again' }).click();
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await page.waitForSelector('html[data-state=joined]');
  };
  await again();
  await Promise.all([pressed('Microphone', true), pressed('Camera', true)]);
  await page.keyboard.press('m');
  await pressed('Microphone', false);
  await again();
  await Promise.all([pressed('Microphone', false), pressed('Camera', true)]);
});

test('what keeps the devices away is said where the picture would be, also on the smallest phone', async () => {
  const prepare = (page: Page) =>
    page.addInitScript(() => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('no', 'NotAllowedError');
      };
    });
  const page = await open('?room=small&name=Ann', { prepare, viewport: { width: 360, height: 640 } });
  const sentence = page.getByRole('status').getByText('Camera and microphone are not allowed.');
  await sentence.waitFor();
  const box = await sentence.boundingBox();
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(300);
});

test.each([
  ['844x390', 844, 390],
  ['360x640', 360, 640],
])('the button to join is in sight on a phone of %s, also under a sentence', async (_name, width, height) => {
  const prepare = (page: Page) => page.route('**/api/v1/dev/token', (route) => route.abort());
  const page = await open('?room=away&name=Ann', { prepare, viewport: { width, height } });
  const button = page.getByRole('button', { name: 'Join', exact: true });
  await button.click();
  await page.getByText('The server cannot be reached.').waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  const box = await button.boundingBox();
  expect((box?.y ?? height) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
});

/** Runs in the page: remembers what the browser gave it. */
function keepTracks(): void {
  window.tracks = [];
  const { mediaDevices } = navigator;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wanted) => {
    const stream = await getUserMedia(wanted);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}

declare global {
  interface Window {
    tracks: MediaStreamTrack[];
  }
}
