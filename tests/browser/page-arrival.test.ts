/** What happens just as somebody joins: nothing of it is lost, neither in the room page nor for a listener of the SDK. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useRoomPages } from '../support/room-pages.ts';

const pages = useRoomPages();
const { open, join } = pages;

/** Holds the answer to the join back until a chat message has come, which the page gets first. */
const chatBeforeAnswer = (page: Page) =>
  page.routeWebSocket('**/aq_server/websocket*', (socket) => {
    const server = socket.connectToServer();
    const held: (string | Buffer)[] = [];
    let join: unknown;
    socket.onMessage((message) => {
      const { id, method } = JSON.parse(String(message));
      if (method === 'join') join = id;
      server.send(message);
    });
    server.onMessage((message) => {
      const { id, event } = JSON.parse(String(message));
      if (join !== undefined && id === join) held.push(message);
      else if (event === 'chatReceived') for (const one of [message, ...held.splice(0)]) socket.send(one);
      else if (held.length > 0) held.push(message);
      else socket.send(message);
    });
  });

async function say(page: Page, text: string): Promise<void> {
  await page.getByText('has joined').waitFor();
  await page.keyboard.press('c');
  await page.getByLabel('Message to all').fill(text);
  await page.keyboard.press('Enter');
}

test('chat that comes with the answer to the join is shown', async () => {
  const bob = await join('early', 'Bob');
  const ann = await open('?room=early&name=Ann&join=1', { prepare: chatBeforeAnswer });
  await say(bob, 'hello');
  await ann.waitForSelector('html[data-state=joined]');
  await ann.getByRole('status').getByText('Bob: hello').waitFor();
  await ann.getByText('1 new message').waitFor({ state: 'attached' });
  await ann.keyboard.press('c');
  await ann.getByRole('log').getByText('hello').waitFor();
});

test('a listener that the SDK gets right after the join is told what came with it', async () => {
  const bob = await join('early-sdk', 'Bob');
  const page = await open('health', { prepare: chatBeforeAnswer });
  const token = pages.server.token({ user_id: 'ann', name: 'Ann', room: 'early-sdk' });
  // As text: the test runner rewrites an import that it can see.
  const told = page.evaluate<string>(`import('/sdk.js').then(async ({ Room }) => {
    const room = new Room({ token: '${token}' });
    await room.join();
    return new Promise((resolve) => room.on('chat', ({ peer, text }) => resolve(peer.name + ': ' + text)));
  })`);
  await say(bob, 'hello');
  expect(await told).toBe('Bob: hello');
});

test('a host who comes later is told who waits', async () => {
  const first = await join('late-host', 'Ann', 'host');
  await first.getByRole('button', { name: 'More' }).click();
  await first.getByRole('menuitem', { name: 'Let people wait to come in' }).click();
  await first.getByText('Whoever comes now waits').waitFor();
  const bob = await open('?room=late-host&name=Bob&user_type=guest&join=1');
  await bob.getByText('The host was asked to let you in.').waitFor();
  const late = await join('late-host', 'Cem', 'host');
  await late
    .getByRole('status')
    .filter({ hasText: 'Bob waits to come in.' })
    .getByRole('button', { name: 'Let in' })
    .click();
  await bob.waitForSelector('html[data-state=joined]');
  await late.getByText('Bob waits to come in.').waitFor({ state: 'detached' });
});

test('a hand that was up before is no news', async () => {
  const zoe = await join('hands-before', 'Zoe', 'guest');
  await zoe.keyboard.press('h');
  await zoe.getByRole('button', { name: 'Raise hand', pressed: true }).waitFor();
  const ann = await join('hands-before', 'Ann');
  const tile = ann.getByRole('listitem').filter({ hasText: 'Zoe' });
  await tile.getByRole('img', { name: 'hand raised' }).waitFor();
  await zoe.keyboard.press('v'); // which updates her peer
  await ann.waitForSelector('video[data-peer-id][data-source=camera]', { state: 'detached' });
  expect(await ann.getByText('Zoe raises a hand').count()).toBe(0);
});
