/** One visit of the room page by a link that joins at once, and when what happened. */
import type { Browser, Page } from 'playwright-core';

/** Milliseconds since the navigation. */
export interface Milestones {
  /** The page's HTML was there. */
  document: number;
  /** Its styles and its script were there. */
  assets: number;
  /** Something was painted. */
  painted: number;
  /** The WebSocket was asked for. */
  socket: number;
  /** It was open. */
  open: number;
  /** Another peer's first picture was presented. */
  picture: number;
}

declare global {
  interface Window {
    moments: { socket?: number; open?: number; picture?: number };
  }
}

/** Opens a link in a browser that has never been there, and waits for another peer's picture. */
export async function timedVisit(browser: Browser, link: string): Promise<Milestones> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.addInitScript(watch);
    await page.goto(link);
    await page.waitForFunction(() => window.moments.picture !== undefined, null, { polling: 100 });
    return await readMilestones(page);
  } finally {
    await context.close();
  }
}

/** Runs in the page, before its own script. */
function watch(): void {
  window.moments = {};
  const Original = window.WebSocket;
  window.WebSocket = class extends Original {
    constructor(url: string | URL, protocols?: string | string[]) {
      window.moments.socket ??= performance.now();
      super(url, protocols);
      this.addEventListener('open', () => {
        window.moments.open ??= performance.now();
      });
    }
  };
  const observer = new MutationObserver(() => {
    const video = document.querySelector<HTMLVideoElement>('video[data-peer-id]');
    if (!video) return;
    observer.disconnect();
    video.requestVideoFrameCallback((now) => {
      window.moments.picture = now;
    });
  });
  observer.observe(document, { childList: true, subtree: true });
}

function readMilestones(page: Page): Promise<Milestones> {
  return page.evaluate(() => {
    const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    const resources = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const assets = resources.filter(({ name }) => /\/room\.(js|css)$/.test(name));
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    const { socket = Number.NaN, open = Number.NaN, picture = Number.NaN } = window.moments;
    return {
      document: navigation?.responseEnd ?? Number.NaN,
      assets: Math.max(...assets.map(({ responseEnd }) => responseEnd)),
      painted: paint?.startTime ?? Number.NaN,
      socket,
      open,
      picture,
    };
  });
}
