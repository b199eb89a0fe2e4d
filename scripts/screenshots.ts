/** `npm run screenshots`: the pictures of the README, of a real call in a real Chromium with drawn cameras. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launch, participate, seesMotion } from '../tests/support/browser.ts';
import { startServer } from '../tests/support/server.ts';
import { drawCameras } from './screenshots/drawn-cameras.ts';

const PEOPLE = [
  { name: 'Amira Haddad', hue: 28 },
  { name: 'Jonas Weber', hue: 205 },
  { name: 'Mei Lin', hue: 330 },
];

const docs = (name: string) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));

const server = await startServer({ LOG_LEVEL: 'silent' });
const browser = await launch();
try {
  const pages: Page[] = [];
  for (const { name, hue } of PEOPLE) {
    const query = { room: 'meeting-room-1', name, user_type: 'host' };
    const { page } = await participate(browser, server, query, (page) =>
      page.addInitScript(drawCameras, hue),
    );
    pages.push(page);
  }
  const [mine, others] = pages;
  if (!mine || !others) throw new Error('nobody is there');
  await others.getByRole('button', { name: 'Share screen' }).click();
  await seesMotion(mine, 'video[data-peer-id][data-source=camera]');
  await mine.waitForSelector('video[data-peer-id][data-source=screen]');
  await mine.waitForTimeout(3000); // the picture sharpens as the estimate of the bandwidth grows
  await mine.screenshot({ path: docs('call.png') });
} finally {
  await browser.close();
  await server.close();
}
