/** Somebody joins a room in which many publish, and what it took. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { FarServer } from './far-server.ts';
import type { Marks, PageApi, Task } from './page/contract.ts';

/** From the open socket, in milliseconds; undefined where the picture did not come. */
export interface ManyMeasures {
  readonly first: number | undefined;
  readonly last: number | undefined;
}

/** What was measured, once. */
export interface ManySample extends ManyMeasures {
  readonly rtt: number;
  /** How many publish. */
  readonly count: number;
  /** Whether the machine had time for it. */
  readonly calm: boolean;
}

interface Crowd {
  readonly room: string;
  readonly count: number;
}

/** How long a join may take before what is missing counts as missing, in milliseconds. */
const TIMEOUT_MS = 60_000;
/** How long the media of the publishers may settle, in milliseconds. */
const SETTLE_MS = 2000;

/** Lets so many publish from one page. They receive nothing: only the one who joins is looked at. */
export async function publishMany(
  browser: Browser,
  server: FarServer,
  crowd: Crowd,
): Promise<BrowserContext> {
  const { room, count } = crowd;
  const tokens = Array.from({ length: count }, (_, index) =>
    server.token({ user_id: `publisher-${index}`, room, grants: ['publish:camera'] }),
  );
  const context = await browser.newContext();
  const page = await open(context, server, { role: 'crowd', tokens });
  await page.waitForFunction(() => hasMarks('join'), undefined, { timeout: TIMEOUT_MS });
  await page.waitForTimeout(SETTLE_MS);
  return context;
}

/** Lets another browser join, measures, and takes it away again. */
export async function joinMany(browser: Browser, server: FarServer, crowd: Crowd): Promise<ManyMeasures> {
  const { room, count } = crowd;
  const context = await browser.newContext();
  try {
    const token = server.token({ user_id: 'joiner', room });
    const page = await open(context, server, { role: 'joiner', token, client: 'sdk', settleMs: 0 });
    const seen = (many: number) => Object.values(bench.seen).filter(({ video }) => video).length >= many;
    await page.waitForFunction(seen, count, { timeout: TIMEOUT_MS }).catch(() => {}); // reported as missing
    return measuresOf(await page.evaluate(() => bench), count);
  } finally {
    await context.close();
  }
}

/** In the page. */
declare const bench: PageApi;
declare function hasMarks(...names: (keyof Marks)[]): boolean;

async function open(context: BrowserContext, { url }: FarServer, task: Task): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}/#${encodeURIComponent(JSON.stringify(task))}`, { waitUntil: 'commit' });
  await page.waitForFunction(() => 'bench' in globalThis, undefined, { timeout: TIMEOUT_MS });
  return page;
}

function measuresOf({ marks, origin, seen, log }: PageApi, count: number): ManyMeasures {
  if (log.length > 0) console.error(log.join('; '));
  const openAt = origin + (marks.open ?? Number.NaN);
  const times = Object.values(seen).flatMap(({ video }) => (video ? [Math.round(video - openAt)] : []));
  return {
    first: times.length > 0 ? Math.min(...times) : undefined,
    last: times.length === count ? Math.max(...times) : undefined,
  };
}
