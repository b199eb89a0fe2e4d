/** Many people from one page: each is a room of the SDK with a drawn camera. */
import type { Browser, BrowserContext } from 'playwright-core';
import type { TestServer } from '../../tests/support/server.ts';
import { bringPens } from './drawing.ts';

export interface Drawn {
  name: string;
  /** Of the colours, 0 to 360. */
  hue: number;
  muted?: boolean;
  /** Without a camera. */
  dark?: boolean;
  hand?: boolean;
  /** What it says in the chat. */
  says?: string;
  screen?: boolean;
  /** A host, who lets people wait, or removes whoever comes. */
  host?: 'lobby' | 'removes';
}

/** Brings them into a room. Closing the context takes them out again. */
export async function bringCrowd(
  browser: Browser,
  server: TestServer,
  room: string,
  people: readonly Drawn[],
): Promise<BrowserContext> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${server.url}/favicon.svg`);
  await page.goto(`${server.url}/aq_server/capabilities`);
  await page.evaluate(bringPens);
  // As text: what runs these scripts would rewrite an import that it can see.
  await page.evaluate("import('/sdk.js').then((sdk) => { window.sdk = sdk; })");
  for (const [index, person] of people.entries()) {
    const token = server.token({
      user_id: `crowd-${index}`,
      name: person.name,
      room,
      user_type: person.host ? 'host' : 'presenter',
    });
    await page.evaluate(joinDrawn, { token, person });
  }
  return context;
}

/** Runs in the page. */
async function joinDrawn({ token, person }: { token: string; person: Drawn }): Promise<void> {
  const { track, person: personOf, slide } = window.drawing;
  const room = new window.sdk.Room({ token });
  const publish = (track: MediaStreamTrack | undefined, source: 'camera' | 'screen' | 'mic') => {
    if (track) room.publish(track, { source, simulcast: false });
  };
  if (!person.dark) publish(track({ width: 640, height: 360 }, 4, personOf(person.hue)), 'camera');
  if (person.screen) publish(track({ width: 1280, height: 720 }, 4, slide), 'screen');
  if (!person.muted) {
    publish(new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0], 'mic');
  }
  await room.join();
  if (person.host === 'lobby') await room.moderation.setLobby(true);
  if (person.host === 'removes') room.on('peerJoined', (peer) => void room.moderation.remove(peer));
  if (person.hand) await room.setHandRaised(true);
  const { says } = person;
  if (!says) return;
  room.on('peerJoined', ({ userId }) => {
    if (!userId.startsWith('crowd-')) void room.chat(says);
  });
}
