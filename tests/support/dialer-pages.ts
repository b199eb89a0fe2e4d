/** The softphone's page in tests: one server, one fake of Telnyx and one browser for a file, a profile for each page. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { launchShell } from './browser.ts';
import { becomes, type DialerPageOptions, type Dialing, openDialer, startDialing } from './dialer.ts';

export interface DialerPages {
  /** There from the first `beforeAll` on, as is the browser. */
  readonly dialing: Dialing;
  readonly browser: Browser;
  /** Opens the page in a new profile, of another server if one is given. */
  open(options?: DialerPageOptions, at?: Pick<Dialing, 'server'>): Promise<Page>;
  /** The same, once its softphone is ready. */
  ready(options?: DialerPageOptions): Promise<Page>;
}

/**
 * Starts all before the tests of this file and ends it after; profiles are closed after each test.
 * @param options.start starts the browser
 * @param options.onClosed is given the pages of each test once they are closed
 */
export function useDialerPages({
  start = launchShell,
  onClosed = () => {},
}: {
  start?: () => Promise<Browser>;
  onClosed?: (pages: readonly Page[]) => void;
} = {}): DialerPages {
  let browser: Browser;
  let dialing: Dialing;
  const pages: Page[] = [];
  beforeAll(async () => {
    [browser, dialing] = await Promise.all([start(), startDialing()]);
  });
  afterEach(async () => {
    const opened = pages.splice(0);
    for (const page of opened) await page.context().close();
    onClosed(opened);
  });
  afterAll(async () => {
    await browser.close();
    await dialing.close();
  });
  const open = async (options: DialerPageOptions = {}, at: Pick<Dialing, 'server'> = dialing) => {
    const page = await openDialer(browser, at, options);
    pages.push(page);
    return page;
  };
  return {
    get dialing() {
      return dialing;
    },
    get browser() {
      return browser;
    },
    open,
    async ready(options) {
      const page = await open(options);
      await becomes(page, 'ready');
      return page;
    },
  };
}
