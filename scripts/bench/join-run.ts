/** One browser joins another, and what it took. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { FarServer } from './far-server.ts';
import type { Marks, PageApi, Task } from './page/contract.ts';
import type { Measures } from './report.ts';
import type { Variant } from './variants.ts';

/** The page of the one who publishes. */
export interface Publisher {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly room: string;
}

/** How long a join may take before it counts as failed, in milliseconds. */
const TIMEOUT_MS = 20_000;
/** How long the media may settle: before a click behind a pre-join screen, and after a peer came or went. */
const SETTLE_MS = 1000;

/** Opens the page of the publisher in a room of its own, and waits until its media flows. */
export async function publish(browser: Browser, server: FarServer, room: string): Promise<Publisher> {
  const context = await browser.newContext();
  const token = server.token({ user_id: 'publisher', room });
  const page = await open(context, server, { role: 'publisher', token });
  await page.waitForFunction(() => hasMarks('join'), undefined, { timeout: TIMEOUT_MS });
  await page.waitForTimeout(2 * SETTLE_MS);
  return { page, context, room };
}

/** Lets another browser join, measures, and takes it away again. */
export async function measure(
  browser: Browser,
  server: FarServer,
  publisher: Publisher,
  variant: Variant,
): Promise<Measures> {
  server.setEarlyKeyFrames(variant.earlyKeyFrames);
  const userId = crypto.randomUUID();
  const token = server.token({ user_id: userId, room: publisher.room });
  const context = await browser.newContext();
  try {
    const task: Task = { role: 'joiner', token, client: variant.client, settleMs: SETTLE_MS };
    const page = await open(context, server, task);
    const wait = { timeout: TIMEOUT_MS };
    await Promise.all([
      page.waitForFunction(() => hasMarks('video', 'audio'), undefined, wait),
      publisher.page.waitForFunction((id) => isSeen(id), userId, wait),
    ]).catch(() => {}); // what is missing is reported as missing
    const { marks, origin, log } = await page.evaluate(() => bench);
    if (log.length > 0) console.error(`${variant.name}: ${log.join('; ')}`);
    const seenAt = await publisher.page.evaluate((id) => bench.seen[id]?.video, userId);
    return measuresOf(marks, seenAt === undefined ? undefined : seenAt - origin, variant);
  } finally {
    await context.close();
    await publisher.page.waitForTimeout(SETTLE_MS);
  }
}

/** In the page. */
declare const bench: PageApi;
declare function hasMarks(...names: (keyof Marks)[]): boolean;
declare function isSeen(userId: string): boolean;

async function open(context: BrowserContext, { url }: FarServer, task: Task): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}/#${encodeURIComponent(JSON.stringify(task))}`, { waitUntil: 'commit' });
  await page.waitForFunction(() => 'bench' in globalThis, undefined, { timeout: TIMEOUT_MS });
  return page;
}

function measuresOf(marks: Marks, back: number | undefined, { client }: Variant): Measures {
  const counted = client === 'warm' ? marks.join : marks.open;
  const since = (to: number | undefined, from: number | undefined) =>
    to === undefined || from === undefined ? undefined : Math.round(to - from);
  const entries = {
    join: since(marks.video, marks.join),
    audio: since(marks.audio, counted),
    back: since(back, counted),
    ...(client !== 'warm' && {
      navigation: since(marks.video, 0),
      start: since(marks.video, marks.start),
      open: since(marks.video, marks.open),
    }),
  };
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}
