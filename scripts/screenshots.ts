/** `npm run screenshots`: the pictures of the README, of real calls in a real Chromium with drawn people. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { launch, participate, seesMotion } from '../tests/support/browser.ts';
import { startServer, type TestServer } from '../tests/support/server.ts';
import { bringCrowd } from './screenshots/crowd.ts';
import { drawCameras } from './screenshots/drawn-cameras.ts';
import { takeMatrix } from './screenshots/matrix.ts';
import { others } from './screenshots/people.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { matrix: { type: 'string' } },
});
if (values.matrix) {
  await takeMatrix(values.matrix, positionals[0]);
} else {
  const server = await startServer({ LOG_LEVEL: 'silent' });
  const browser = await launch();
  try {
    await takeReadme(browser, server);
  } finally {
    await browser.close();
    await server.close();
  }
}

/** A call of six with a screen, and the screen before a call. */
async function takeReadme(browser: Browser, server: TestServer): Promise<void> {
  const docs = (name: string) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
  const people = others(5).map((one, index) => ({ ...one, dark: false, screen: index === 0 }));
  const crowd = await bringCrowd(browser, server, 'Monday meeting', people);
  const query = { room: 'Monday meeting', name: 'Anna Berg', user_type: 'host' };
  const prepare = (page: Page) => drawCameras(page, 210);
  const { page, context } = await participate(browser, server, query, prepare);
  await seesMotion(page, 'video[data-peer-id][data-source=screen]');
  await page.waitForTimeout(8000); // news are gone, and pictures sharpen as the estimate of the bandwidth grows
  await page.screenshot({ path: docs('call.png') });
  await context.close();
  await crowd.close();

  const before = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const preJoin = await before.newPage();
  await prepare(preJoin);
  const token = server.token({ user_id: 'anna', name: 'Anna Berg', room: 'Monday meeting' });
  await preJoin.goto(`${server.url}/#token=${token}`);
  await seesMotion(preJoin, 'video[data-self]');
  await preJoin.screenshot({ path: docs('before.png') });
  await before.close();
}
