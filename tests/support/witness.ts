/** A page with the SDK that publishes a camera and counts the pictures that it gets of another one. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Room } from '../../src/client/room.ts';

/** What a page has seen so far. */
export interface Seen {
  /** Pictures of the other's camera. */
  frames: number;
  /** The longest time between two of them since the last `forget`, in milliseconds. */
  longestMs: number;
  /** The time since the last one, in milliseconds. */
  silentMs: number;
  /** What the room told of its connection. */
  told: string[];
  peerId: string | undefined;
  /** The others, with what the server says of their connection. */
  peers: { id: string; name: string; reconnecting: boolean }[];
}

declare global {
  interface Window {
    witness: {
      room: Room;
      /** Resolves when it has joined. */
      joining: Promise<void>;
      seen(): Seen;
      forget(): void;
    };
  }
}

/** Opens a page that joins with its camera; does not wait for the join. */
export async function openWitness(
  browser: Pick<Browser, 'newContext'> | BrowserContext,
  url: string,
  token: string,
  iceTransportPolicy: RTCIceTransportPolicy = 'all',
): Promise<Page> {
  const context = 'newContext' in browser ? await browser.newContext() : browser;
  const page = await context.newPage();
  await page.goto(`${url}/health`);
  // As text: the test runner rewrites an import that it can see.
  await page.evaluate("import('/sdk.js').then((sdk) => { window.sdk = sdk; })");
  await page.evaluate(watch, { token, iceTransportPolicy });
  return page;
}

/** The same, joined. */
export async function joinWitness(...to: Parameters<typeof openWitness>): Promise<Page> {
  const page = await openWitness(...to);
  await page.evaluate(() => window.witness.joining);
  return page;
}

export function seen(page: Page): Promise<Seen> {
  return page.evaluate(() => window.witness.seen());
}

/** Waits for so many more pictures than there are now. */
export async function seesMore(page: Page, frames = 5, timeout = 100_000): Promise<void> {
  const { frames: before } = await seen(page);
  await page.waitForFunction((wanted) => window.witness.seen().frames >= wanted, before + frames, {
    timeout,
    polling: 50,
  });
}

async function watch(options: { token: string; iceTransportPolicy: RTCIceTransportPolicy }): Promise<void> {
  const room = new window.sdk.Room(options);
  const told: string[] = [];
  let frames = 0;
  let longestMs = 0;
  let last: number | undefined;
  const video = document.createElement('video');
  video.muted = true;
  document.documentElement.append(video);
  const count = () => {
    const now = performance.now();
    if (last !== undefined) longestMs = Math.max(longestMs, now - last);
    last = now;
    frames++;
    video.requestVideoFrameCallback(count);
  };
  video.requestVideoFrameCallback(count);
  room.on('trackAdded', ({ track, source }) => {
    if (source !== 'camera' || !track) return;
    video.srcObject = new MediaStream([track]);
    video.play().catch(() => {}); // another track has come meanwhile
  });
  room.on('reconnecting', ({ reason }) => told.push(`reconnecting ${reason}`));
  room.on('reconnected', ({ resumed }) => told.push(resumed ? 'resumed' : 'joined anew'));
  room.on('left', ({ code }) => told.push(`left ${code}`));
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { width: 320, height: 240, frameRate: 30 },
  });
  for (const track of stream.getTracks()) room.publish(track, { source: 'camera' });
  window.witness = {
    room,
    joining: room.join(),
    seen: () => ({
      frames,
      longestMs,
      silentMs: performance.now() - (last ?? 0),
      told,
      peerId: room.peerId,
      peers: [...room.peers.values()].map(({ id, name, reconnecting }) => ({ id, name, reconnecting })),
    }),
    forget: () => {
      longestMs = 0;
      last = undefined;
    },
  };
  window.witness.joining.catch((error) => told.push(`refused ${error.code}`));
}
