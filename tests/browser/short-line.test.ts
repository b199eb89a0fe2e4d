/** A browser whose line is short or loses packets: sound stays whole, and of videos it is said what is missing. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { LagProxy } from '../../scripts/bench/lag-proxy.ts';
import { launchLight, poll } from '../support/browser.ts';
import { RawClient } from '../support/raw-client.ts';
import { sdkPage } from '../support/sdk.ts';
import { startServer, type TestServer } from '../support/server.ts';

const NEAR = '127.0.0.1';
const FAR = '127.0.0.2';
const PATH = { delayMs: 20, queueMs: 300 };

let server: TestServer;
let browser: Browser;
let proxy: LagProxy;
const pages: Page[] = [];

beforeAll(async () => {
  server = await startServer({ MEDIA_WORKERS: '1' });
  browser = await launchLight();
  const client = await RawClient.open(server);
  const port = client.welcome.recv.iceCandidates[0]?.port ?? 0;
  await client.close();
  proxy = await LagProxy.open({ listen: { host: FAR, port: 0 }, target: { host: NEAR, port }, path: PATH });
});
afterEach(async () => {
  proxy.path = PATH;
  for (const page of pages.splice(0)) await page.context().close();
});
afterAll(async () => {
  await browser.close();
  await proxy.close();
  await server.close();
});

/** A page that has joined, with a microphone and a camera. */
async function speaker(user_id: string, room: string): Promise<void> {
  const page = await sdkPage(browser, server.url, server.token({ user_id, room, user_type: 'host' }));
  pages.push(page);
  await page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    for (const track of stream.getTracks())
      window.room.publish(track, { source: track.kind === 'audio' ? 'mic' : 'camera' });
  });
}

/** A page whose media comes by way of the proxy. It shows all videos, and remembers what went wrong. */
async function watcher(room: string): Promise<Page> {
  const token = server.token({ user_id: 'bob', room, user_type: 'viewer' });
  const page = await sdkPage(browser, server.url, token, async (prepared) => {
    await prepared.addInitScript(
      ({ near, far, port }) => {
        const original = RTCPeerConnection.prototype.setRemoteDescription;
        RTCPeerConnection.prototype.setRemoteDescription = function (description) {
          const sdp = description.sdp
            ?.replace(new RegExp(`^(a=candidate:\\S+ \\d+ udp \\d+) ${near} \\d+`, 'gm'), `$1 ${far} ${port}`)
            .replace(/^a=candidate:\S+ \d+ tcp .*\r\n/gm, '');
          return Reflect.apply(original, this, [{ type: description.type, ...(sdp && { sdp }) }]);
        };
      },
      { near: NEAR.replaceAll('.', '\\.'), far: FAR, port: proxy.port },
    );
  });
  pages.push(page);
  await page.evaluate(() => {
    document.body.innerHTML = '';
    for (const event of ['reconnecting', 'mediaStateChanged'] as const)
      window.room.on(event, (...args: unknown[]) => window.collected.push([event, ...args]));
    const attach = () => {
      for (const source of [...window.room.peers.values()].flatMap((peer) => [...peer.sources.values()])) {
        if (source.kind !== 'video' || document.getElementById(source.id)) continue;
        const video = document.createElement('video');
        Object.assign(video, { id: source.id, autoplay: true, muted: true });
        video.style.cssText = 'width:320px;height:180px';
        document.body.append(video);
        window.room.attach(source, video);
      }
    };
    window.room.on('trackAdded', attach);
    attach();
  });
  return page;
}

interface Counts {
  readonly received: number;
  readonly lost: number;
  readonly repaired: number;
  /** Of each video. */
  readonly frames: number[];
}

async function counts(page: Page): Promise<Counts> {
  return await page.evaluate(async () => {
    const stats = await Promise.all(window.connections.map((connection) => connection.getStats()));
    const streams = stats
      .flatMap((report) => [...report.values()])
      .filter(({ type }) => type === 'inbound-rtp');
    const sounds = streams.filter(({ kind }) => kind === 'audio');
    const sum = (key: string) => sounds.reduce((total, each) => total + (each[key] ?? 0), 0);
    const videos = streams.filter(({ kind }) => kind === 'video');
    return {
      received: sum('packetsReceived'),
      lost: sum('packetsLost'),
      repaired: sum('retransmittedPacketsReceived'),
      frames: videos.toSorted((a, b) => a.ssrc - b.ssrc).map(({ framesDecoded }) => framesDecoded ?? 0),
    };
  });
}

/** What has arrived in so many milliseconds. */
async function arrives(page: Page, ms: number): Promise<{ loss: number; repaired: number; moving: number }> {
  const before = await counts(page);
  await new Promise((resolve) => setTimeout(resolve, ms));
  const after = await counts(page);
  const lost = after.lost - before.lost;
  return {
    loss: lost / Math.max(1, after.received - before.received + lost),
    repaired: after.repaired - before.repaired,
    moving: after.frames.filter((frames, index) => frames > (before.frames[index] ?? 0)).length,
  };
}

/** How much of each video the server sends. */
const amounts = (page: Page) =>
  page.evaluate(() =>
    [...window.room.peers.values()]
      .flatMap((peer) => [...peer.sources.values()])
      .filter(({ kind }) => kind === 'video')
      .map(({ delivery }) => delivery.amount),
  );

test('[V6] with 300 and with 100 kbit/s sound is whole, and each video moves or is said to be paused', async () => {
  for (const name of ['ann', 'cora']) await speaker(name, 'thin');
  const bob = await watcher('thin');
  await poll(
    async () => (await arrives(bob, 1000)).moving,
    (moving) => moving === 2,
  );
  await arrives(bob, 5000); // until the estimate of the line has settled
  await bob.evaluate(() => window.collected.splice(0));

  for (const [bandwidth, maxLoss] of [
    [300_000, 0.005],
    [100_000, 0.02],
  ] as const) {
    proxy.path = { ...PATH, bandwidth };
    await poll(
      async () => (await arrives(bob, 2000)).loss,
      (loss) => loss === 0,
    );
    const { loss, moving } = await arrives(bob, 8000);
    const paused = (await amounts(bob)).filter((amount) => amount === 'paused').length;
    console.log({ bandwidth, loss, moving, paused });
    expect(loss).toBeLessThan(maxLoss);
    expect(moving + paused).toBeGreaterThanOrEqual(2);
  }
  expect(await bob.evaluate(() => window.collected)).toEqual([]);

  proxy.path = PATH;
  await poll(
    () => amounts(bob),
    (all) => all.every((amount) => amount === 'full'),
    60_000,
  );
});

test('lost sound is asked for again', async () => {
  await speaker('ann', 'lossy');
  const bob = await watcher('lossy');
  proxy.path = { ...PATH, loss: 0.02 };
  await poll(
    async () => (await counts(bob)).repaired,
    (repaired) => repaired > 0,
  );
  const { loss, repaired } = await arrives(bob, 15_000);
  console.log({ loss, repaired });
  expect(loss).toBeLessThan(0.01);
});
