/** Every state of the room page in every size, for somebody to look at. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launch } from '../../tests/support/browser.ts';
import { startServer, type TestServer } from '../../tests/support/server.ts';
import { bringCrowd } from './crowd.ts';
import { drawCameras } from './drawn-cameras.ts';
import { STATES, type State } from './states.ts';

const SIZES = {
  '1280x800': { width: 1280, height: 800 },
  '1920x1080': { width: 1920, height: 1080 },
  '390x844': { width: 390, height: 844 },
  '844x390': { width: 844, height: 390 },
  '360x640': { width: 360, height: 640 },
};

/** Takes all of them, or those whose names have `only` in them. */
export async function takeMatrix(folder: string, only = ''): Promise<void> {
  await mkdir(folder, { recursive: true });
  const server = await startServer({ LOG_LEVEL: 'silent', MAX_PEERS_PER_ROOM: '17' });
  const browser = await launch();
  // As browsers are: without a click, nothing sounds.
  const strict = await launch(['--autoplay-policy=document-user-activation-required']);
  try {
    for (const state of STATES.filter(({ name }) => name.includes(only))) {
      await takeState(state.until === 'silent' ? strict : browser, server, folder, state);
    }
  } finally {
    await strict.close();
    await browser.close();
    await server.close();
  }
}

async function takeState(browser: Browser, server: TestServer, folder: string, state: State): Promise<void> {
  const crowd = await bringCrowd(browser, server, state.name, state.others);
  const page = await open(browser, server, state);
  await arrive(page, state);
  await state.act?.(page);
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    await page.waitForTimeout(700); // what moves comes to rest
    await page.screenshot({ path: join(folder, `${state.name}-${size}.png`) });
  }
  await page.context().close();
  await crowd.close();
}

async function arrive(page: Page, { until, others }: State): Promise<void> {
  if (until === 'silent') return page.waitForTimeout(6000); // a look at the page would count as a click
  if (until === 'refused') return page.getByRole('alert').filter({ hasText: /./ }).waitFor();
  if (until) await page.waitForSelector(`html[data-state=${until}]`);
  await page.waitForTimeout(others.length > 5 ? 5000 : 2500); // pictures, and what is said
}

async function open(browser: Browser, server: TestServer, state: State): Promise<Page> {
  const { name, query = {}, options = {}, prepare } = state;
  const context = await browser.newContext({ viewport: SIZES['1280x800'], ...options });
  const page = await context.newPage();
  await drawCameras(page, 210);
  if (prepare) await page.addInitScript(prepare);
  const { token, ...rest } = query;
  const search = new URLSearchParams({ room: name, name: 'Anna Berg', user_type: 'host', ...rest });
  if (state.until) search.set('join', '1');
  const claims = { user_id: 'anna', name: 'Anna Berg', room: name };
  const fragment = token ? `#token=${server.token(claims)}${token === 'wrong' ? 'x' : ''}` : '';
  await page.goto(`${server.url}/?${search}${fragment}`);
  return page;
}
