/** [M14] The SDK tells the server of a large room that its user begins to speak. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchShell } from '../support/browser.ts';
import { track } from '../support/media.ts';
import { RawClient } from '../support/raw-client.ts';
import { sdkPage } from '../support/sdk.ts';
import { startServer, type TestServer } from '../support/server.ts';

declare global {
  interface Window {
    /** Makes the microphone loud. */
    speak(): void;
  }
}

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer({ AUDIO_GATE_ABOVE: '1', AUDIO_FORWARDED_MICS: '1' });
  browser = await launchShell();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

test('a tone that begins is hinted at, and the room hears it', async () => {
  const first = await RawClient.join(server, server.token({ user_id: 'first', room: 'large' }));
  await first.request('produce', track('mic')); // has the only place
  const token = server.token({ user_id: 'ann', room: 'large', user_type: 'host' });
  const page = await sdkPage(browser, server.url, token, async (opening) => {
    await opening.addInitScript(() => {
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (data) {
        const { method } = JSON.parse(String(data));
        if (method === 'hintSpeaking') window.collected.push(method);
        send.call(this, data);
      };
    });
  });
  await page.evaluate(async () => {
    const context = new AudioContext();
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    volume.gain.value = 0;
    const destination = context.createMediaStreamDestination();
    tone.connect(volume).connect(destination);
    tone.start();
    const [microphone] = destination.stream.getAudioTracks();
    if (microphone) window.room.publish(microphone, { source: 'mic' });
    window.speak = () => volume.gain.setValueAtTime(0.3, context.currentTime);
  });
  await page.waitForFunction(() => window.room.audible?.size === 1);
  const peerId = await page.evaluate(() => window.room.peerId ?? '');
  expect(await page.evaluate(() => window.room.audible?.has(window.room.peerId ?? ''))).toBe(false);
  expect(await page.evaluate(() => window.collected)).toEqual([]);
  await page.evaluate(() => {
    window.speak();
  });
  await page.waitForFunction(() => window.collected.length > 0);
  await first.next('audibleChanged', ({ peerIds }) => peerIds?.includes(peerId) === true);
  await page.context().close();
  await first.close();
});
