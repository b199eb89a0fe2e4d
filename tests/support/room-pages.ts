/** The room page in tests: one server and one browser for a file, and a profile of its own for each person. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { launchLight, participate } from './browser.ts';
import { startServer, type TestServer } from './server.ts';

export interface OpenOptions extends BrowserContextOptions {
  /** Runs before the page is opened. */
  prepare?: (page: Page) => Promise<unknown>;
}

export interface RoomPages {
  /** There from the first `beforeAll` on. */
  readonly server: TestServer;
  readonly browser: Browser;
  /** Opens the page in a new profile; the path may have a query and a fragment. */
  open(path: string, options?: OpenOptions): Promise<Page>;
  /** Opens it by a link that joins, and waits until it has. */
  join(room: string, name: string, userType?: string): Promise<Page>;
}

/** Starts both before the tests of this file and ends them after; profiles are closed after each test. `variables` are the server's. */
export function useRoomPages(variables: Record<string, string> = {}): RoomPages {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startServer(variables);
    browser = await launchLight();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  return {
    get server() {
      return server;
    },
    get browser() {
      return browser;
    },
    async open(path, { prepare = async () => {}, ...options } = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      const page = await context.newPage();
      await prepare(page);
      await page.goto(`${server.url}/${path}`);
      return page;
    },
    async join(room, name, user_type = 'host') {
      return (await participate(browser, server, { room, name, user_type })).page;
    },
  };
}
