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
export async function sdkPage(browser: Browser, url: string, token: string): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await watchConnections(page);
  await page.goto(`${url}/favicon.svg`);
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
async function watchConnections(page: Page): Promise<void> {
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
