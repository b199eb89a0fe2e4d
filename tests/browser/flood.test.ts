/** [M10] A peer that sends much more than it may, media or data. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchShell } from '../support/browser.ts';
import { RawClient } from '../support/raw-client.ts';
import { sdkPage } from '../support/sdk.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
const pages: Page[] = [];

beforeAll(async () => {
  server = await startServer({ MAX_INCOMING_BITRATE: '50000' });
  browser = await launchShell();
});
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

async function join(room: string): Promise<Page> {
  const page = await sdkPage(browser, server.url, server.token({ user_id: 'eve', room, user_type: 'host' }));
  pages.push(page);
  await page.evaluate(() => {
    window.room.on('incomingLimited', ({ action }) => window.collected.push(action));
    window.room.on('left', ({ code }) => window.collected.push(code));
  });
  return page;
}

/** Publishes noise at half a megabit per second: a browser adjusts video to what it is advised, and audio not. */
async function publishNoise(page: Page): Promise<void> {
  await page.evaluate(() => {
    const context = new AudioContext();
    const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate);
    const samples = buffer.getChannelData(0);
    for (let n = 0; n < samples.length; n++) samples[n] = Math.random() * 2 - 1;
    const noise = new AudioBufferSourceNode(context, { buffer, loop: true });
    const destination = context.createMediaStreamDestination();
    noise.connect(destination);
    noise.start();
    const [track] = destination.stream.getAudioTracks();
    if (!track) throw new Error('there is no track');
    window.room.publish(track, { source: 'mic' });
  });
  await page.waitForFunction(() =>
    window.connections
      .flatMap((connection) => connection.getSenders())
      .some((sender) => sender.getParameters().encodings.length > 0),
  );
  await page.evaluate(async () => {
    for (const sender of window.connections.flatMap((connection) => connection.getSenders())) {
      const parameters = sender.getParameters();
      for (const encoding of parameters.encodings) encoding.maxBitrate = 510_000;
      if (parameters.encodings.length > 0) await sender.setParameters(parameters);
    }
  });
}

test('media: the track is paused, and closed when it comes again', async () => {
  const witness = await RawClient.join(server, server.token({ user_id: 'wim', room: 'media' }));
  const page = await join('media');
  await publishNoise(page);
  await witness.next('producerPaused');
  await page.waitForFunction(() => window.collected.includes('paused'));
  await page.evaluate(() => [...window.room.publications][0]?.resume());
  await witness.next('producerClosed');
  await page.waitForFunction(() => window.collected.includes('closed'));
});

test('data: the channel is closed, and the others stay', async () => {
  const witness = await RawClient.join(server, server.token({ user_id: 'wim', room: 'data' }));
  const page = await join('data');
  await page.evaluate(async () => {
    const text = 'x'.repeat(10_000);
    const flood = setInterval(() => window.room.sendData(text, { lossy: true }).catch(() => {}), 10);
    window.room.on('incomingLimited', () => clearInterval(flood));
  });
  await witness.next('dataProducerClosed');
  await page.waitForFunction(() => window.collected.includes('closed'));
  expect(witness.all('peerLeft')).toEqual([]);
});
