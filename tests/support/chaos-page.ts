/** A page with rooms of the SDK that publish a camera, and all frames that the server told them. */
import type { Browser, Page } from 'playwright-core';
import type { Room } from '../../src/client/room.ts';

/** What one session was told: its peer, and the texts of its frames in the order of their coming. */
export interface Told {
  peerId: string;
  frames: string[];
}

declare global {
  interface Window {
    chaos: { rooms: (Room | undefined)[]; sockets: { peerId: string | undefined; frames: string[] }[] };
    tokenFor(user: string): Promise<string>;
  }
}

/** Opens a page that keeps these users in their room, also after a removal. */
export async function openChaosPage(
  browser: Browser,
  url: string,
  users: string[],
  tokenFor: (user: string) => string,
): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.exposeFunction('tokenFor', (user: string) => tokenFor(user));
  await page.addInitScript(recordFrames);
  await page.goto(`${url}/health`);
  await page.evaluate("import('/sdk.js').then((sdk) => { window.sdk = sdk; })");
  await page.evaluate(keepIn, users);
  return page;
}

/** All that the page's sessions were told, by their peers. */
export async function toldIn(page: Page): Promise<Told[]> {
  const sockets = await page.evaluate(() => window.chaos.sockets);
  const byPeer = new Map<string, string[]>();
  for (const { peerId, frames } of sockets) {
    if (peerId) byPeer.set(peerId, [...(byPeer.get(peerId) ?? []), ...frames]);
  }
  return [...byPeer].map(([peerId, frames]) => ({ peerId, frames }));
}

function recordFrames(): void {
  window.chaos = { rooms: [], sockets: [] };
  const Original = window.WebSocket;
  window.WebSocket = class extends Original {
    constructor(address: string | URL, protocols: string | string[] = []) {
      super(address, protocols);
      const ticket = [protocols].flat().find((name) => name.startsWith('resume.'));
      const told: { peerId: string | undefined; frames: string[] } = { peerId: undefined, frames: [] };
      window.chaos.sockets.push(told);
      this.addEventListener('message', ({ data }) => {
        const frame = JSON.parse(data);
        if (frame.event === 'welcome') told.peerId = frame.data.peerId;
        if (frame.event === 'resumed') told.peerId = ticket?.split('.')[1];
        if (frame.event) told.frames.push(data);
      });
    }
  };
}

async function keepIn(users: string[]): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { width: 160, height: 120, frameRate: 5 },
  });
  const enter = async (user: string, index: number): Promise<void> => {
    const room = new window.sdk.Room({ token: () => window.tokenFor(user) });
    const [track] = stream.getVideoTracks();
    if (track) room.publish(track.clone(), { source: 'camera', simulcast: false });
    room.on('left', () => {
      window.chaos.rooms[index] = undefined;
      setTimeout(() => enter(user, index), 1200);
    });
    window.chaos.rooms[index] = room;
    await room.join().catch(() => room.leave()); // and once more with a younger token
  };
  await Promise.all(users.map(enter));
}
