/** A real Chromium with fake devices: a camera whose picture moves, a microphone that beeps. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { makeFilm } from './film.ts';

/** What a test needs to open the room page. */
interface Host {
  readonly url: string;
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  // Its own traffic would be refused by a machine without a way out.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--auto-select-desktop-capture-source=Entire screen',
];

/** How long we wait for a page: less than a test may take, so that it ends with the name of what did not come. */
const PATIENCE_MS = 100_000;

interface LaunchOptions {
  devices?: boolean;
  /** The path of the browser. */
  program?: string;
}

/**
 * Starts Chromium; `CHROMIUM_PATH` names it, as `npm test` does. Without devices it has none at all, on a machine that has
 * none.
 */
export async function launch(
  flags: readonly string[] = [],
  { devices = true, program = process.env.CHROMIUM_PATH || '/usr/bin/chromium' }: LaunchOptions = {},
): Promise<Browser> {
  const args = [...FLAGS, ...(devices ? ['--use-fake-device-for-media-stream'] : []), ...flags];
  const browser = await chromium.launch({ executablePath: program, args });
  browser.on('context', (context) => context.setDefaultTimeout(PATIENCE_MS));
  return browser;
}

/**
 * Starts Chromium without the windows that nobody sees, if there is such a one (`HEADLESS_SHELL_PATH`, as `npm test` does):
 * it takes half of the machine that the other takes.
 */
export function launchShell(
  flags: readonly string[] = [],
  options: { devices?: boolean } = {},
): Promise<Browser> {
  const program = process.env.HEADLESS_SHELL_PATH;
  return launch(flags, { ...options, ...(program && { program }) });
}

/** The same with a camera of 320×180 pixels, ten times a second: where the pictures matter little. */
export async function launchLight(flags: readonly string[] = []): Promise<Browser> {
  const film = await makeFilm();
  const browser = await launchShell([`--use-file-for-fake-video-capture=${film.path}`, ...flags]);
  browser.once('disconnected', film.remove);
  return browser;
}

export interface Participant {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page wrote to its console as an error. */
  readonly errors: string[];
}

/** Opens the room page in a profile of its own, and joins by its link. */
export async function participate(
  browser: Browser,
  host: Host,
  query: { room: string; name: string; user_type?: string },
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<Participant> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await prepare(page);
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${host.url}/?${new URLSearchParams({ ...query, join: '1' })}`);
  await page.waitForSelector('html[data-state=joined]');
  return { page, context, errors };
}

/** Waits until the video that fits shows pictures that change. */
export async function seesMotion(page: Page, selector: string): Promise<void> {
  await page.waitForSelector(selector);
  const picture = () =>
    page.$eval(selector, (element) => {
      const video = element as HTMLVideoElement;
      const canvas = document.createElement('canvas');
      canvas.width = 64;
      canvas.height = 36;
      canvas.getContext('2d')?.drawImage(video, 0, 0, 64, 36);
      return video.videoWidth > 0 ? canvas.toDataURL() : '';
    });
  const first = await poll(picture, (data) => data !== '');
  await poll(picture, (data) => data !== first);
}

/**
 * The loudest moment of the sound that fits, over some time: 0 is silence, 1 is as loud as can be. The fake microphone
 * beeps once a second.
 */
export function loudness(page: Page, selector: string, ms = 2500): Promise<number> {
  return page.$eval(
    selector,
    async (element, time) => {
      const context = new AudioContext();
      const analyser = context.createAnalyser();
      const stream = (element as HTMLAudioElement).srcObject as MediaStream;
      context.createMediaStreamSource(stream).connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      let loudest = 0;
      for (const end = performance.now() + time; performance.now() < end; ) {
        analyser.getFloatTimeDomainData(samples);
        for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await context.close();
      return loudest;
    },
    ms,
  );
}

/** Asks until the answer fits. */
export async function poll<T>(
  ask: () => Promise<T>,
  fits: (answer: T) => boolean,
  ms = PATIENCE_MS,
): Promise<T> {
  for (const deadline = Date.now() + ms; ; ) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)} after ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
