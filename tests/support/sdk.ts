/** The SDK in a page of the server, as an application would use it. */
import type { Browser, Page } from 'playwright-core';
import type { Room } from '../../src/client/room.ts';

declare global {
  interface Window {
    sdk: typeof import('../../src/client/index.ts');
    /** The room that a test opened in this page. */
    room: Room;
    /** What a test collects in this page. */
    collected: unknown[];
    /** Every peer connection that this page has made. */
    connections: RTCPeerConnection[];
  }
}

/** A page that has joined with the SDK as `window.room`, with nothing published. */
export async function sdkPage(
  browser: Browser,
  url: string,
  token: string,
  prepare: (page: Page) => Promise<void> = async () => {},
): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await watchConnections(page);
  await prepare(page);
  await page.goto(`${url}/`);
  // As text: the test runner rewrites an import that it can see.
  await page.evaluate("import('/sdk.js').then((sdk) => { window.sdk = sdk; })");
  await page.evaluate(async (ofRoom) => {
    window.room = new window.sdk.Room({ token: ofRoom });
    window.collected = [];
    await window.room.join();
  }, token);
  return page;
}

/** How many RTP packets, and how many messages over data channels, reached this page. */
export function received(page: Page): Promise<{ packets: number; messages: number }> {
  return page.evaluate(async () => {
    let packets = 0;
    for (const connection of window.connections) {
      for (const stat of (await connection.getStats()).values()) {
        if (stat.type === 'inbound-rtp') packets += stat.packetsReceived;
      }
    }
    return { packets, messages: window.collected.length };
  });
}

/** Remembers the peer connections that this page makes. */
export async function watchConnections(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.connections = [];
    const Original = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Original {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        window.connections.push(this);
      }
    };
  });
}

/** Has the page of this context take media from one peer alone, so that others cost it nothing. */
export async function takeOnly(page: Page, peerId: string): Promise<void> {
  await page.addInitScript((id) => {
    const Original = window.WebSocket;
    window.WebSocket = class extends Original {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        this.addEventListener('message', (message) => {
          const { event, data } = JSON.parse(message.data);
          if (event === 'consumerOpened' && data.consumer.peerId !== id) message.stopImmediatePropagation();
        });
      }
    };
  }, peerId);
}

/** What was seen of a video: its pictures, and the longest time between two of them. */
export interface Watched {
  frames: number;
  longestMs: number;
}

/** Watches the first remote video from its next picture on. The function that comes back tells what was seen. */
export async function watchVideo(page: Page): Promise<() => Promise<Watched>> {
  await page.evaluate(async () => {
    const sources = () => [...window.room.peers.values()].flatMap((peer) => [...peer.sources.values()]);
    const find = () => sources().find(({ kind, track }) => kind === 'video' && track)?.track;
    while (!find()) await new Promise((resolve) => setTimeout(resolve, 50));
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = new MediaStream([find() as MediaStreamTrack]);
    document.documentElement.append(video);
    await video.play();
    const watched = { frames: 0, longestMs: 0 };
    let last: number | undefined;
    const count = () => {
      const now = performance.now();
      watched.longestMs = Math.max(watched.longestMs, now - (last ?? now));
      last = now;
      watched.frames++;
      video.requestVideoFrameCallback(count);
    };
    video.requestVideoFrameCallback(count);
    while (watched.frames === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    window.collected = [watched];
  });
  return () => page.evaluate(() => window.collected[0] as Watched);
}
