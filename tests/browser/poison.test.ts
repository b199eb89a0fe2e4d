/**
 * A server whose check of media parameters has failed, simulated between it and the pages: what one publisher sends is altered so
 * that browsers refuse its description. It costs the others nothing (PROTOCOL.md, M12).
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchLight } from '../support/browser.ts';
import { sdkPage } from '../support/sdk.ts';
import { startServer, type TestServer } from '../support/server.ts';

const POISONS = {
  'a line break in a cname': { at: 'rtcp', cname: 'a\r\nnonsense' },
  'a clock rate that the parser refuses': { at: 'codecs', clockRate: 0 },
  'a codec that the browser rejects': { at: 'codecs', mimeType: 'video/nonsense' },
};
type Poison = (typeof POISONS)[keyof typeof POISONS];

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  browser = await launchLight();
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Joins a page of this user, in which all consumers of Mallory's are poisoned. */
async function join(user_id: string, room: string, poison?: Poison): Promise<Page> {
  const token = server.token({ user_id, room, user_type: 'host' });
  const page = await sdkPage(browser, server.url, token, async (unopened) => {
    if (poison) await unopened.addInitScript(poisonMessages, poison);
  });
  await page.evaluate(() => {
    window.room.on('reconnecting', ({ reason }) => window.collected.push(reason));
  });
  return page;
}

/** In the page, before it is opened. */
function poisonMessages({ at, ...values }: Poison): void {
  const mallory = new Set<string>();
  const alter = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { id, userId, peerId, rtpParameters } = value as Record<string, string> & { rtpParameters?: never };
    if (userId === 'mallory' && id) mallory.add(id);
    if (peerId && rtpParameters && mallory.has(peerId)) {
      const part = rtpParameters[at] as object | object[];
      Object.assign(Array.isArray(part) ? (part[0] ?? {}) : part, values);
    }
    for (const inner of Object.values(value)) alter(inner);
  };
  const Original = window.WebSocket;
  window.WebSocket = class extends Original {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', (message) => {
        if (!message.isTrusted) return;
        const frame = JSON.parse(message.data);
        alter(frame);
        message.stopImmediatePropagation();
        this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame) }));
      });
    }
  };
}

async function publish(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const [track] = (await navigator.mediaDevices.getUserMedia({ video: true })).getVideoTracks();
    if (track) window.room.publish(track, { source: 'camera' });
  });
}

/** Waits for some pictures of a user's camera, on whatever track it comes. */
async function sees(page: Page, userId: string): Promise<void> {
  const seen = page.evaluate(async (id) => {
    const video = document.createElement('video');
    video.muted = true;
    document.documentElement.append(video);
    let frames = 0;
    const count = () => {
      frames++;
      video.requestVideoFrameCallback(count);
    };
    video.requestVideoFrameCallback(count);
    let shown: MediaStreamTrack | undefined;
    for (const end = performance.now() + 90_000; frames < 5 && performance.now() < end; ) {
      const peer = [...window.room.peers.values()].find((other) => other.userId === id);
      const track = [...(peer?.sources.values() ?? [])].find(({ source }) => source === 'camera')?.track;
      if (track && track !== shown) {
        shown = track;
        video.srcObject = new MediaStream([track]);
        video.play().catch(() => {}); // another track has come meanwhile
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    video.remove();
    return frames;
  }, userId);
  expect(await seen, `pictures of ${userId}`).toBeGreaterThanOrEqual(5);
}

/** All of these pages see all of these users. */
async function all(pages: readonly Page[], ...userIds: string[]): Promise<void> {
  await Promise.all(pages.flatMap((page) => userIds.map((userId) => sees(page, userId))));
}

/** How often the page has lost its media. */
const losses = (page: Page) => page.evaluate(() => window.collected.length);

describe.each(Object.entries(POISONS))('%s', (name, poison) => {
  test('costs neither those who are there nor those who come', async () => {
    const ann = await join('ann', name);
    await publish(ann);
    const inside = await Promise.all(['bob', 'cleo'].map((user) => join(user, name, poison)));
    await all(inside, 'ann');

    const mallory = await join('mallory', name);
    await publish(mallory);
    const eve = await join('eve', name);
    await publish(eve);
    await all(inside, 'ann', 'eve');
    const newcomer = await join('nick', name, poison);
    const healed = [...inside, newcomer];
    await all([newcomer], 'ann', 'eve');
    const before = await Promise.all(healed.map(losses));
    expect(Math.max(...before)).toBeLessThanOrEqual(1);

    await publish(mallory);
    await mallory.context().close();
    const frank = await join('frank', name);
    await publish(frank);
    await all(healed, 'ann', 'frank');
    expect(await Promise.all(healed.map(losses))).toEqual(before);
  }, 120_000);
});
