/** What hosts do in the room page, and what the others are told of it. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { faults } from '../support/axe.ts';
import { launch, participate } from '../support/browser.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  server = await startServer();
  browser = await launch();
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

async function join(room: string, name: string, user_type: string): Promise<Page> {
  const { page, context } = await participate(browser, server, { room, name, user_type });
  contexts.push(context);
  return page;
}

/** Clicks on something in the host's menu for one person. */
async function act(host: Page, name: string, action: string): Promise<void> {
  await host.getByRole('button', { name: `Actions for ${name}` }).click();
  await host.getByRole('dialog').getByRole('button', { name: action }).click();
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

test('who is made a viewer loses the buttons, and gets them back', async () => {
  const [host, bob] = [await join('roles', 'Ann', 'host'), await join('roles', 'Bob', 'guest')];
  await host.keyboard.press('p');
  await host.getByRole('button', { name: 'Actions for Bob' }).click();
  const role = host.getByRole('dialog').getByLabel('Role');
  expect(await faults(host)).toEqual([]);
  await role.selectOption('viewer');
  await bob.getByText('The host made you a viewer.').waitFor();
  await bob.getByRole('button', { name: 'Camera' }).waitFor({ state: 'detached' });
  await role.selectOption('guest');
  await bob.getByRole('button', { name: 'Camera' }).click();
  await host.waitForSelector('video[data-peer-id][data-source=camera]');
});

test('whoever waits is let in by a host, or turned away', async () => {
  const host = await join('lobby', 'Ann', 'host');
  await host.getByRole('button', { name: 'More' }).click();
  await host.getByRole('button', { name: 'Let people wait to come in' }).click();
  await host.getByText('Whoever comes now waits').waitFor();
  const wait = async (name: string) => {
    const context = await browser.newContext();
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(
      `${server.url}/?${new URLSearchParams({ room: 'lobby', name, user_type: 'guest', join: '1' })}`,
    );
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
  await host.getByRole('button', { name: 'End the call for all' }).click();
  await host.getByRole('button', { name: 'Click once more' }).click();
  await bob.getByText('The host ended the call for everyone.').waitFor();
  await host.waitForSelector('html[data-state=left]');
});
