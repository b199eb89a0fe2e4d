/** [S2] Who comes back to a snapshot, as it missed more than the server keeps, is what hosts have made of it meanwhile. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchLight, poll } from '../support/browser.ts';
import { startFarServer } from '../support/far-server.ts';
import { RawClient } from '../support/raw-client.ts';
import { sdkPage } from '../support/sdk.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchLight();
});
afterAll(() => browser.close());

test('its publications and its hand follow the acts that it was not told of', async () => {
  const server = await startFarServer({ SESSION_EVENTS: '0' });
  const token = (user_id: string, user_type: string) => server.token({ user_id, room: 'missed', user_type });
  const near = { url: `http://127.0.0.1:${server.app.port}`, token: () => token('hanna', 'host') };
  const host = await RawClient.join(near);
  const page = await sdkPage(browser, server.url, token('gus', 'presenter'));
  await page.evaluate(async () => {
    const { room } = window;
    for (const event of ['handsLowered', 'publicationClosed', 'reconnected'] as const) {
      room.on(event, (...args: unknown[]) => window.collected.push([event, JSON.stringify(args)]));
    }
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    for (const track of stream.getTracks()) {
      room.publish(track, { source: track.kind === 'audio' ? 'mic' : 'camera' });
    }
    const [track] = (await navigator.mediaDevices.getUserMedia({ video: true })).getTracks();
    if (track) room.publish(track, { source: 'screen' });
    await room.setHandRaised(true);
  });
  const peerId = host.find('peerJoined').peer.id;
  await host.next('producerOpened', ({ producer }) => producer.source === 'screen');
  const published = () =>
    page.evaluate(() =>
      [...window.room.publications].map(({ source, paused }) => `${source}${paused ? ' paused' : ''}`).sort(),
    );
  expect(await published()).toEqual(['camera', 'mic', 'screen']);

  server.signaling.tcpCut = true;
  await host.next('peerUpdated', ({ reconnecting }) => reconnecting === true);
  await host.request('stopSource', { peerId, source: 'camera' });
  await host.request('muteSource', { peerId, source: 'mic', mode: 'soft' });
  await host.request('lowerAllHands', {});
  server.signaling.tcpCut = false;
  await host.next('peerUpdated', ({ reconnecting }) => reconnecting === false);
  await poll(published, (all) => all.join() === 'mic paused,screen');
  const told = await page.evaluate(() => (window.collected as [string, string][]).map(([name]) => name));
  expect(told.sort()).toEqual(['handsLowered', 'publicationClosed', 'reconnected']);

  await page.evaluate(() => [...window.room.publications].find(({ source }) => source === 'mic')?.resume());
  await host.next('producerResumed');
  expect(await published()).toEqual(['mic', 'screen']);
  await host.close();
  await page.context().close();
  await server.close();
});
