/** A page of the Go server in a browser: see `page.js`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { watchConnections } from '../sdk.ts';

/** What the page tells of itself. */
export interface GoPage {
  /** The lines of chat that it got, as they came. */
  chat: { event: 'chat'; message: string; from?: string; time: string }[];
  offers: number;
  /** What its connection has refused. */
  errors: string[];
  /** How often a socket was opened. */
  sockets: number;
  closes: [code: number, reason: string][];
  /** The delay of the first try to come back, in milliseconds. */
  delayMs: number;
  connection: RTCPeerConnection;
  socket: WebSocket;
  start(url: string, devices?: { video?: boolean; audio?: boolean }): Promise<void>;
  say(text: string): void;
  read(): Promise<GoReport>;
}

export interface GoReport {
  /** Packets of sound. */
  audio: number;
  videos: { mid: string; frames: number }[];
  /** How many videos the page shows. */
  shown: number;
  state: RTCPeerConnectionState;
}

declare global {
  interface Window {
    goPage: GoPage;
  }
}

const SCRIPT = readFileSync(join(import.meta.dirname, 'page.js'), 'utf8');

/** Opens the page, with a camera and a microphone by default, and connects it. */
export async function openGoPage(
  browser: Browser,
  server: { url: string },
  token: string,
  { devices, delayMs = 50 }: { devices?: { video?: boolean; audio?: boolean }; delayMs?: number } = {},
): Promise<Page> {
  const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
  const page = await context.newPage();
  await watchConnections(page);
  await page.addInitScript(SCRIPT);
  await page.goto(`${server.url}/`);
  const url = `${server.url.replace('http', 'ws')}/aq_server/websocket?token=${token}`;
  await page.evaluate(
    async ({ url, devices, delayMs }) => {
      window.goPage.delayMs = delayMs;
      await window.goPage.start(url, devices);
    },
    { url, devices, delayMs },
  );
  return page;
}

/** Waits until the page receives so many videos and some sound, and more of each from one moment to the next. */
export async function seesAndHears(page: Page, videos: number): Promise<void> {
  const read = () => page.evaluate(() => window.goPage.read());
  const before = await read();
  await expect
    .poll(
      async () => {
        const { videos, audio, shown } = await read();
        const flowing = videos.filter(({ mid, frames }) => {
          const earlier = before.videos.find((video) => video.mid === mid);
          return frames > (earlier?.frames ?? 0) + 5;
        });
        return { flowing: flowing.length, shown, heard: audio > before.audio + 5 };
      },
      { message: JSON.stringify(await page.evaluate(() => window.goPage.errors)) },
    )
    .toEqual({ flowing: videos, shown: videos, heard: true });
}
