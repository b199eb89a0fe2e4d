/** A page of the Go server, with pages of this server in the same room (PROTOCOL.md, rules G1 to G9). */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchLight } from '../support/browser.ts';
import { openGoPage, seesAndHears } from '../support/go-client/go-page.ts';
import { sdkPage } from '../support/sdk.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  browser = await launchLight();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

test('[G1] sees and hears a page of ours and another one of its kind, and is seen and heard', async () => {
  const ours = await publishingPage('mixed', 'olga');
  const [gina, gerd] = [await goPage('mixed', 'gina'), await goPage('mixed', 'gerd')];
  await seesAndHears(gina, 2);
  await seesAndHears(gerd, 2);
  await expect.poll(() => decoded(ours)).toEqual({ videos: 2, audios: 2 });
  expect(await gina.evaluate(() => window.goPage.errors)).toEqual([]);
});

test('[G5] [G6] goes on with its connection after a lost socket, a session that has ended, and a worker that died', async () => {
  const [gina, gerd] = [await goPage('trouble', 'gina'), await goPage('trouble', 'gerd')];
  await seesAndHears(gina, 1);
  const sockets = () => gina.evaluate(() => window.goPage.sockets);
  await gina.evaluate(() => window.goPage.socket.close(4000));
  await expect.poll(sockets).toBe(2);
  await seesAndHears(gina, 1);
  for (const member of server.app.rooms.find('trouble')?.membersOf('gina') ?? []) member.close('replaced');
  await expect.poll(sockets).toBe(3);
  await seesAndHears(gina, 1);
  for (const pid of server.app.workers.pids()) process.kill(pid, 'SIGKILL');
  await seesAndHears(gina, 1);
  await seesAndHears(gerd, 1);
  expect(await gerd.evaluate(() => window.goPage.sockets)).toBe(1);
});

/** A page with the SDK that publishes its camera and its microphone, and plays what it gets. */
async function publishingPage(room: string, user: string): Promise<Page> {
  const page = await sdkPage(browser, server.url, server.token({ user_id: user, room, user_type: 'host' }));
  onTestFinished(() => page.context().close());
  await page.evaluate(async () => {
    window.room.on('trackAdded', ({ track }) => {
      if (!track) return;
      const element = document.createElement(track.kind === 'audio' ? 'audio' : 'video');
      element.muted = true;
      element.srcObject = new MediaStream([track]);
      document.documentElement.append(element);
      void element.play();
    });
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    const [audio, video] = [...stream.getAudioTracks(), ...stream.getVideoTracks()];
    if (audio) await window.room.publish(audio, { source: 'mic' });
    if (video) await window.room.publish(video, { source: 'camera' });
  });
  return page;
}

async function goPage(room: string, user: string): Promise<Page> {
  const page = await openGoPage(browser, server, server.token({ user_id: user, room }));
  onTestFinished(() => page.context().close());
  return page;
}

/** How many videos and sounds flow to a page of ours. */
function decoded(page: Page): Promise<{ videos: number; audios: number }> {
  return page.evaluate(async () => {
    const counts = { videos: 0, audios: 0 };
    for (const connection of window.connections) {
      for (const stat of (await connection.getStats()).values()) {
        if (stat.type !== 'inbound-rtp') continue;
        if (stat.kind === 'video' && (stat.framesDecoded ?? 0) > 10) counts.videos++;
        if (stat.kind === 'audio' && stat.packetsReceived > 10) counts.audios++;
      }
    }
    return counts;
  });
}
