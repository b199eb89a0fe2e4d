/** Encoders by WHIP, as pages of the room see and hear them. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchLight } from '../support/browser.ts';
import { sdkPage } from '../support/sdk.ts';
import { RunningClient, sdpClients } from '../support/sdp-clients/clients.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer({ MEDIA_WORKERS: '1' });
  browser = await launchLight();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

test.each([
  'node-datachannel',
  'wrtc',
  'werift',
  'chromium-simulcast',
])('[E2] %s is seen and heard by a page', async (name) => {
  const client = sdpClients.find((candidate) => candidate.name === name);
  if (!client) throw new Error(`there is no client ${name}`);
  const page = await sdkPage(browser, server.url, server.token({ user_id: 'wim', room: name }));
  onTestFinished(() => page.context().close());
  const token = server.token({ user_id: 'eva', room: name });
  const running = new RunningClient(client, 'publish', `${server.url}/whip`, { TOKEN: token });
  onTestFinished(() => running.close());
  const decoded = () =>
    page.evaluate(async () => {
      const counts = { video: 0, audio: 0 };
      for (const connection of window.connections) {
        for (const stat of (await connection.getStats()).values()) {
          if (stat.type !== 'inbound-rtp') continue;
          if (stat.kind === 'video') counts.video += stat.framesDecoded ?? 0;
          else counts.audio += stat.packetsReceived ?? 0;
        }
      }
      return counts.video > 20 && counts.audio > 20;
    });
  await page.evaluate(() => {
    window.room.on('trackAdded', ({ track }) => {
      if (!track) return;
      const element = document.createElement(track.kind === 'audio' ? 'audio' : 'video');
      element.muted = true;
      element.srcObject = new MediaStream([track]);
      document.documentElement.append(element);
      void element.play();
    });
  });
  await expect.poll(decoded, { message: running.describe() }).toBe(true);
  expect(await page.evaluate(() => [...window.room.peers.values()].map(({ userId }) => userId))).toEqual([
    'eva',
  ]);
});
