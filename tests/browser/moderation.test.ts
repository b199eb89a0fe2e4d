/** What hosts do, with the SDK in real browsers (PROTOCOL.md, rules A and W). */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { RoomEvents } from '../../src/client/room-events.ts';
import { launchLight, poll } from '../support/browser.ts';
import { received, sdkPage } from '../support/sdk.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
const pages: Page[] = [];

beforeAll(async () => {
  server = await startServer();
  browser = await launchLight();
});
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

async function join(room: string, user_id: string, user_type: string): Promise<Page> {
  const page = await sdkPage(browser, server.url, server.token({ user_id, room, user_type }));
  pages.push(page);
  return page;
}

/** Collects the names of these events, with what they say. */
function collect(page: Page, events: (keyof RoomEvents)[]): Promise<void> {
  return page.evaluate((names) => {
    for (const name of names) {
      window.room.on(name, (...args: unknown[]) => window.collected.push([name, JSON.stringify(args)]));
    }
  }, events);
}

function collected(page: Page, event: string): Promise<string[]> {
  return page.evaluate(
    (name) => (window.collected as [string, string][]).filter(([of]) => of === name).map(([, said]) => said),
    event,
  );
}

/** Publishes the fake camera and microphone, and waits until the server has them. */
async function publish(page: Page, watcher: Page): Promise<void> {
  await page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    for (const track of stream.getTracks()) {
      window.room.publish(track, { source: track.kind === 'audio' ? 'mic' : 'camera' });
    }
  });
  await poll(
    () => received(watcher),
    ({ packets }) => packets > 50,
  );
}

/** What this page publishes: each source, with whether it is paused and whether its track sends. */
function publications(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...window.room.publications]
      .map(({ source, paused, track }) => `${source}${paused ? ' paused' : ''}${track.enabled ? '' : ' off'}`)
      .sort(),
  );
}

test('[A2] [A3] [A4] a host mutes, allows and stops a source, and the guest is what it is told', async () => {
  const [host, guest] = [await join('mute', 'hanna', 'host'), await join('mute', 'gus', 'guest')];
  await collect(guest, ['sourceMuted', 'sourceAllowed', 'sourceStopped', 'publicationClosed']);
  await publish(guest, host);
  const act = (how: 'soft' | 'hard' | 'allow' | 'stop') =>
    host.evaluate(async (what) => {
      const [peer] = window.room.peers.values();
      if (!peer) throw new Error('nobody is here');
      const { moderation } = window.room;
      if (what === 'allow') await moderation.allow(peer, 'mic');
      else if (what === 'stop') await moderation.stop(peer, 'mic');
      else await moderation.mute(peer, 'mic', what);
    }, how);
  const resume = () =>
    guest.evaluate(async () => {
      const mic = [...window.room.publications].find(({ source }) => source === 'mic');
      return await mic?.resume().then(
        () => 'resumed',
        (error: { code: string }) => error.code,
      );
    });
  const guestSeen = () =>
    host.evaluate(() => [...window.room.peers.values()].flatMap(({ mutedSources }) => mutedSources));

  await act('soft');
  await poll(
    () => publications(guest),
    (all) => all.includes('mic paused off'),
  );
  expect(await resume()).toBe('resumed');
  await act('hard');
  await poll(
    () => publications(guest),
    (all) => all.includes('mic paused off'),
  );
  expect(await resume()).toBe('muted_by_host');
  expect(await publications(guest)).toEqual(['camera', 'mic paused off']);
  expect(await guestSeen()).toEqual(['mic']);
  expect(await guest.evaluate(() => [...window.room.mutedSources])).toEqual(['mic']);
  await act('allow');
  await poll(
    () => collected(guest, 'sourceAllowed'),
    ({ length }) => length === 1,
  );
  expect(await resume()).toBe('resumed');
  expect(await guestSeen()).toEqual([]);
  await act('stop');
  await poll(
    () => publications(guest),
    (all) => all.join() === 'camera',
  );
  const [muted] = await collected(guest, 'sourceMuted');
  expect(JSON.parse(muted ?? '')).toMatchObject([{ self: true, source: 'mic', by: { userId: 'hanna' } }]);
  expect((await collected(guest, 'publicationClosed'))[0]).toContain('source_stopped');
});

test('[A2] what is published while it is muted is there, paused', async () => {
  const [host, guest] = [await join('late-mute', 'hanna', 'host'), await join('late-mute', 'gus', 'guest')];
  await poll(
    () => host.evaluate(() => window.room.peers.size),
    (size) => size === 1,
  );
  await host.evaluate(async () => {
    for (const peer of window.room.peers.values()) await window.room.moderation.mute(peer, 'mic', 'hard');
  });
  await poll(
    () => guest.evaluate(() => window.room.mutedSources.size),
    (size) => size === 1,
  );
  await publish(guest, host);
  await poll(
    () => publications(guest),
    (all) => all.join() === 'camera,mic paused off',
  );
  const sources = () =>
    host.evaluate(() =>
      [...window.room.peers.values()].flatMap((peer) =>
        [...peer.sources.values()].map(({ source, paused }) => `${source} ${paused}`).sort(),
      ),
    );
  await poll(sources, (all) => all.join() === 'camera false,mic true');
});

test('[A7] another type takes effect at once, there and back', async () => {
  const [host, guest] = [await join('type', 'hanna', 'host'), await join('type', 'gus', 'guest')];
  await collect(guest, ['grantsChanged', 'publicationClosed']);
  await publish(guest, host);
  const setType = (userType: 'viewer' | 'presenter') =>
    host.evaluate(async (type) => {
      for (const peer of window.room.peers.values()) await window.room.moderation.setUserType(peer, type);
    }, userType);
  const standing = () =>
    guest.evaluate(() => [
      window.room.user?.type,
      window.room.may('publish:mic'),
      window.room.may('publish:screen'),
    ]);
  await setType('viewer');
  await poll(
    () => publications(guest),
    ({ length }) => length === 0,
  );
  // What is closed is told before what is allowed.
  await poll(standing, ([, mayMic]) => mayMic === false);
  expect(await standing()).toEqual(['viewer', false, false]);
  await setType('presenter');
  await poll(standing, ([, mayMic]) => mayMic === true);
  expect(await standing()).toEqual(['presenter', true, true]);
  await publish(guest, host);
  const types = await host.evaluate(() => [...window.room.peers.values()].map(({ userType }) => userType));
  expect(types).toEqual(['presenter']);
});

test('[W2] [W4] who waits is told so, and joins when a host admits; a host is told who waits', async () => {
  const host = await join('lobby', 'hanna', 'host');
  await collect(host, ['waitingJoined', 'waitingLeft', 'roomUpdated']);
  await host.evaluate(() => window.room.moderation.setLobby(true));
  expect(await host.evaluate(() => window.room.lobby)).toBe(true);
  const context = await browser.newContext();
  const page = await context.newPage();
  pages.push(page);
  await page.goto(`${server.url}/`);
  await page.evaluate("import('/sdk.js').then((sdk) => { window.sdk = sdk; })");
  await page.evaluate(
    (token) => {
      window.collected = [];
      window.room = new window.sdk.Room({ token });
      window.room.on('stateChanged', (state) => window.collected.push(state));
      void window.room.join();
    },
    server.token({ user_id: 'wanda', room: 'lobby' }),
  );
  const waiting = () => host.evaluate(() => window.room.waiting.map(({ userId }) => userId));
  await poll(waiting, ({ length }) => length === 1);
  expect(await waiting()).toEqual(['wanda']);
  const states = () => page.evaluate(() => window.collected);
  // The host and who waits are told at the same moment, each on a socket of its own.
  await poll(states, ({ length }) => length === 2);
  expect(await states()).toEqual(['connecting', 'waiting']);
  await host.evaluate(async () => {
    for (const user of window.room.waiting) await window.room.moderation.admit(user);
  });
  await poll(
    () => page.evaluate(() => window.room.state),
    (state) => state === 'joined',
  );
  expect(await states()).toEqual(['connecting', 'waiting', 'connecting', 'connected', 'joining', 'joined']);
  await poll(waiting, ({ length }) => length === 0);
  expect((await collected(host, 'waitingLeft'))[0]).toContain('"admitted"');
});

test('[A9] who is removed has left, with the reason, and cannot come back with the same token', async () => {
  const host = await join('remove', 'hanna', 'host');
  const token = server.token({ user_id: 'gus', room: 'remove' });
  const guest = await sdkPage(browser, server.url, token);
  pages.push(guest);
  await collect(guest, ['left', 'reconnecting']);
  await poll(
    () => host.evaluate(() => window.room.peers.size),
    (size) => size === 1,
  );
  await host.evaluate(async () => {
    for (const peer of window.room.peers.values()) await window.room.moderation.remove(peer);
  });
  await poll(
    () => collected(guest, 'left'),
    ({ length }) => length === 1,
  );
  expect(await collected(guest, 'left')).toEqual(['[{"code":"removed"}]']);
  expect(await collected(guest, 'reconnecting')).toEqual([]);
  const code = await guest.evaluate(
    async (sameToken) =>
      await new window.sdk.Room({ token: sameToken }).join().then(
        () => 'joined',
        (error: { code: string }) => error.code,
      ),
    token,
  );
  expect(code).toBe('token_revoked');
});
