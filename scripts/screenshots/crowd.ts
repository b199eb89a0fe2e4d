/** Many people from one page: each is a room of the SDK with a drawn camera. */
import type { Browser, BrowserContext } from 'playwright-core';
import type { TestServer } from '../../tests/support/server.ts';

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
  // As text: what runs these scripts would rewrite an import that it can see.
  await page.evaluate("import('/sdk.js').then((sdk) => { window.sdk = sdk; })");
  for (const [index, person] of people.entries()) {
    const token = server.token({
      user_id: `crowd-${index}`,
      name: person.name,
      room,
      user_type: 'presenter',
    });
    await page.evaluate(joinDrawn, { token, person });
  }
  return context;
}

/** Runs in the page. */
async function joinDrawn({ token, person }: { token: string; person: Drawn }): Promise<void> {
  const canvasOf = (draw: (pen: CanvasRenderingContext2D) => void, width: number, height: number) => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const pen = canvas.getContext('2d');
    if (pen) setInterval(() => draw(pen), 250);
    return canvas.captureStream(4).getVideoTracks()[0];
  };
  const ellipse = (pen: CanvasRenderingContext2D, x: number, y: number, rx: number, ry: number) => {
    pen.beginPath();
    pen.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
    pen.fill();
  };
  const { hue } = person;
  const drawPerson = (pen: CanvasRenderingContext2D) => {
    const wall = pen.createLinearGradient(0, 0, 640, 360);
    wall.addColorStop(0, `hsl(${hue} 30% 74%)`);
    wall.addColorStop(1, `hsl(${hue} 32% 50%)`);
    pen.fillStyle = wall;
    pen.fillRect(0, 0, 640, 360);
    const sway = 4 * Math.sin(performance.now() / 1000);
    pen.fillStyle = `hsl(${(hue + 190) % 360} 30% 34%)`;
    ellipse(pen, 320 + sway / 2, 385, 150, 125);
    pen.fillStyle = `hsl(${(hue + 20) % 360} 32% 84%)`;
    ellipse(pen, 320 + sway, 175, 62, 80);
  };
  const drawSlide = (pen: CanvasRenderingContext2D) => {
    pen.fillStyle = '#fbfaf7';
    pen.fillRect(0, 0, 1280, 720);
    pen.fillStyle = '#23303f';
    pen.font = 'bold 54px sans-serif';
    pen.fillText('Visitors, by month', 90, 130);
    for (let bar = 0; bar < 8; bar++) {
      const height = 60 + 46 * bar + 3 * Math.sin(performance.now() / 1000 + bar);
      pen.fillStyle = `hsl(${215 + 4 * bar} 50% 52%)`;
      pen.fillRect(90 + 140 * bar, 650 - height, 90, height);
    }
  };
  const room = new window.sdk.Room({ token });
  const publish = (track: MediaStreamTrack | undefined, source: 'camera' | 'screen' | 'mic') => {
    if (track) room.publish(track, { source, simulcast: false });
  };
  if (!person.dark) publish(canvasOf(drawPerson, 640, 360), 'camera');
  if (person.screen) publish(canvasOf(drawSlide, 1280, 720), 'screen');
  if (!person.muted) {
    publish(new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0], 'mic');
  }
  await room.join();
  if (person.hand) await room.setHandRaised(true);
  if (person.says) setTimeout(() => void room.chat(person.says ?? ''), 2500);
}
