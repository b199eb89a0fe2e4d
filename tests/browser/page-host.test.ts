/** What hosts do in the room page, and what the others are told of it. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { mintToken } from '../../src/auth/tokens.ts';
import { faults } from '../support/axe.ts';
import { useRoomPages } from '../support/room-pages.ts';
import { SECRET } from '../support/server.ts';

const pages = useRoomPages();
const { join } = pages;

/** Clicks on something in the host's menu for one person. */
async function act(host: Page, name: string, action: string): Promise<void> {
  await host.getByRole('button', { name: `Actions for ${name}` }).click();
  await host.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();
  await host.getByRole('dialog').waitFor({ state: 'detached' });
}

test('a host mutes, stops, lowers and removes, and the other is told in words', async () => {
  const [host, bob] = [await join('acts', 'Ann', 'host'), await join('acts', 'Bob', 'guest')];
  await host.keyboard.press('p');
  await act(host, 'Bob', 'Mute the microphone');
  await bob.getByText('The host muted your microphone.').waitFor();
  const mic = bob.getByRole('button', { name: 'Microphone' });
  await expect.poll(() => mic.getAttribute('aria-pressed')).toBe('false');
  await mic.click();
  await expect.poll(() => mic.getAttribute('aria-pressed')).toBe('true');

  await act(host, 'Bob', 'Turn the camera off');
  await bob.getByText('The host turned your camera off.').waitFor();
  const camera = bob.getByRole('button', { name: 'Camera' });
  await expect.poll(() => camera.getAttribute('aria-pressed')).toBe('false');

  await bob.keyboard.press('h');
  await act(host, 'Bob', 'Lower the hand');
  await bob.getByText('The host lowered your hand.').waitFor();
  const hand = bob.getByRole('button', { name: 'Raise hand' });
  await expect.poll(() => hand.getAttribute('aria-pressed')).toBe('false');

  await act(host, 'Bob', 'Remove from the room');
  await bob.getByText('The host removed you from the room.').waitFor();
  await bob.waitForSelector('html[data-state=left]');
});

test('what a host holds stays off until it is allowed, and both see that it is held', async () => {
  const [host, bob] = [await join('held', 'Ann', 'host'), await join('held', 'Bob', 'guest')];
  await host.keyboard.press('p');
  await act(host, 'Bob', 'Mute the microphone until I allow it');
  await bob.getByText('The host muted your microphone until further notice.').waitFor();
  await host.getByText('microphone muted by a host').waitFor();
  const mic = bob.getByRole('button', { name: 'Microphone, microphone muted by a host' });
  await mic.click();
  expect(await mic.getAttribute('aria-pressed')).toBe('false');

  await act(host, 'Bob', 'Turn the camera off until I allow it');
  await bob.getByRole('button', { name: 'Camera, camera turned off by a host' }).waitFor();
  await host.waitForSelector('video[data-peer-id][data-source=camera]', { state: 'detached' });
  await bob.waitForSelector('video[data-self][data-source=camera]', { state: 'detached' });
  await bob.keyboard.press('p');
  await bob.getByText('microphone muted by a host').waitFor();
  expect(await faults(bob)).toEqual([]);

  await act(host, 'Bob', 'Allow the camera');
  await bob.getByText('You may turn your camera on again.').waitFor();
  await bob.getByRole('button', { name: 'Camera', exact: true }).click();
  await host.waitForSelector('video[data-peer-id][data-source=camera]');
  await act(host, 'Bob', 'Allow the microphone');
  const free = bob.getByRole('button', { name: 'Microphone', exact: true });
  await free.click();
  await expect.poll(() => free.getAttribute('aria-pressed')).toBe('true');
  await host.getByText('muted by a host').waitFor({ state: 'detached' });
});

test('a screen share that a host holds ends, and cannot be begun again', async () => {
  const [host, bob] = [await join('screens', 'Ann', 'host'), await join('screens', 'Bob', 'presenter')];
  const share = bob.getByRole('button', { name: 'Share screen' });
  await share.click();
  await host.waitForSelector('video[data-peer-id][data-source=screen]');
  await host.keyboard.press('p');
  await act(host, 'Bob', 'Stop the screen share until I allow it');
  await host.waitForSelector('video[data-peer-id][data-source=screen]', { state: 'detached' });
  await expect.poll(() => share.getAttribute('aria-pressed')).toBe('false');
  await bob.getByRole('button', { name: 'Dismiss' }).last().click();
  await share.click();
  await bob.getByText('The host stopped your screen share until further notice.').waitFor();
  await act(host, 'Bob', 'Allow the screen share');
  await bob.getByText('You may share your screen again.').waitFor();
  await share.click();
  await host.waitForSelector('video[data-peer-id][data-source=screen]');
});

test('whoever was kept out is found in a list, and let in again', async () => {
  const host = await join('bans', 'Ann', 'host');
  const bobs = { user_id: 'bob', name: 'Bob', room: 'bans' };
  const bob = await pages.open(`?join=1#token=${pages.server.token(bobs)}`);
  await host.keyboard.press('p');
  await act(host, 'Bob', 'Remove and keep out');
  await bob.getByText('You may not come into this room any more.').waitFor();

  await host.getByRole('button', { name: 'More' }).click();
  await host.getByRole('menuitem', { name: 'Who is kept out' }).click();
  const list = host.getByRole('dialog');
  const again = list.getByRole('button', { name: 'Let in again bob' });
  await again.waitFor();
  expect(await faults(host)).toEqual([]);
  await again.click();
  await list.getByText('Nobody is kept out of this room.').waitFor();
  await bob.goto('about:blank');
  // A token of the second of the ban is from before it: this one is from a little later.
  const now = () => Date.now() + 3000;
  const { token } = mintToken(bobs, { secret: SECRET, ttlSeconds: 3600, now });
  await bob.goto(`${pages.server.url}/?join=1#token=${token}`);
  await bob.waitForSelector('html[data-state=joined]');
});

test('who is made a viewer loses the buttons, and gets them back', async () => {
  const [host, bob] = [await join('roles', 'Ann', 'host'), await join('roles', 'Bob', 'guest')];
  await host.keyboard.press('p');
  await host.getByRole('button', { name: 'Actions for Bob' }).click();
  const role = host.getByRole('dialog').getByLabel('Role');
  expect(await faults(host)).toEqual([]);
  await role.selectOption('viewer');
  await bob.getByText('The host made you a viewer.').waitFor();
  await bob.getByRole('button', { name: 'Camera', exact: true }).waitFor({ state: 'detached' });
  await role.selectOption('guest');
  await bob.getByRole('button', { name: 'Camera', exact: true }).click();
  await host.waitForSelector('video[data-peer-id][data-source=camera]');
});

test('whoever waits is let in by a host, or turned away', async () => {
  const host = await join('lobby', 'Ann', 'host');
  await host.getByRole('button', { name: 'More' }).click();
  await host.getByRole('menuitem', { name: 'Let people wait to come in' }).click();
  await host.getByText('Whoever comes now waits').waitFor();
  const wait = async (name: string) => {
    const page = await pages.open(`?room=lobby&name=${name}&user_type=guest&join=1`);
    await page.getByText('The host was asked to let you in.').waitFor();
    return page;
  };
  const bob = await wait('Bob');
  await host.getByRole('status').getByRole('button', { name: 'Let in' }).click();
  await bob.waitForSelector('html[data-state=joined]');
  const cem = await wait('Cem');
  expect(await faults(cem)).toEqual([]);
  await host.keyboard.press('p');
  await host.getByText('Waiting to come in').waitFor();
  expect(await faults(host)).toEqual([]);
  await host.getByRole('button', { name: 'Turn away Cem' }).click();
  await cem.getByText('The host did not let you in.').waitFor();
});

test('a host ends the call for all with two clicks', async () => {
  const [host, bob] = [await join('ended', 'Ann', 'host'), await join('ended', 'Bob', 'guest')];
  await host.getByRole('button', { name: 'More' }).click();
  await host.getByRole('menuitem', { name: 'End the call for all' }).click();
  await host.getByRole('menuitem', { name: 'Click once more' }).click();
  await bob.getByText('The host ended the call for everyone.').waitFor();
  await host.waitForSelector('html[data-state=left]');
});
