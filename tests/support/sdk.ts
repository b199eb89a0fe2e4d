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

/** A video of the room, and one that the page sends to itself at the same time. */
export interface WatchedPair {
  remote: Watched;
  /** What is missed here, the machine itself is to blame for: it went through no server. */
  own: Watched;
}

/**
 * Watches the first remote video from its next picture on, and beside it the page's own camera over a connection of the page
 * with itself. The function that comes back tells what was seen.
 */
export async function watchVideo(page: Page): Promise<() => Promise<WatchedPair>> {
  await page.evaluate(async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

    async function watch(track: MediaStreamTrack): Promise<Watched> {
      const video = document.createElement('video');
      video.muted = true;
      video.srcObject = new MediaStream([track]);
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
      while (watched.frames === 0) await pause();
      return watched;
    }

    async function findRemote(): Promise<MediaStreamTrack> {
      for (;;) {
        const sources = [...window.room.peers.values()].flatMap((peer) => [...peer.sources.values()]);
        const found = sources.find(({ kind, track }) => kind === 'video' && track)?.track;
        if (found) return found;
        await pause();
      }
    }

    /** The camera, as it comes out of a connection that both ends of are here. */
    async function findOwn(): Promise<MediaStreamTrack> {
      const video = { width: 320, height: 240, frameRate: 15 };
      const stream = await navigator.mediaDevices.getUserMedia({ video });
      const [from, to] = [new RTCPeerConnection(), new RTCPeerConnection()];
      from.onicecandidate = ({ candidate }) => void to.addIceCandidate(candidate ?? undefined);
      to.onicecandidate = ({ candidate }) => void from.addIceCandidate(candidate ?? undefined);
      const arrived = new Promise<MediaStreamTrack>((resolve) => {
        to.ontrack = ({ track }) => resolve(track);
      });
      for (const track of stream.getTracks()) from.addTrack(track, stream);
      await from.setLocalDescription();
      await to.setRemoteDescription(from.localDescription as RTCSessionDescription);
      await to.setLocalDescription();
      await from.setRemoteDescription(to.localDescription as RTCSessionDescription);
      return await arrived;
    }

    const [remote, own] = [await watch(await findRemote()), await watch(await findOwn())];
    remote.longestMs = 0;
    window.collected = [{ remote, own }];
  });
  return () => page.evaluate(() => window.collected[0] as WatchedPair);
}
