/** The room page in a frame of a page of another site, as the guide has it. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchLight, participate, seesMotion } from '../support/browser.ts';
import { startServer, type TestServer } from '../support/server.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchLight();
});
afterAll(() => browser.close());

/** A site with the page of the guide and a backend that mints tokens. */
async function startSite(pageFor: () => TestServer): Promise<string> {
  const site = createServer(async (request, response) => {
    const isPage = request.url === '/';
    response.setHeader('content-type', isPage ? 'text/html' : 'application/json');
    const guide = new URL('../../docs/guides/embedding.html', import.meta.url);
    if (isPage) response.end((await readFile(guide, 'utf8')).replace('https://your.host', pageFor().url));
    else response.end(JSON.stringify({ token: pageFor().token({ user_id: 'eve', room: 'meeting' }) }));
  });
  site.listen(0, 'localhost');
  await once(site, 'listening');
  onTestFinished(() => void site.close());
  const address = site.address();
  return `http://localhost:${typeof address === 'object' && address ? address.port : 0}`;
}

/** Opens it, and collects what the browser writes to its console as an error. */
async function open(url: string): Promise<{ page: Page; errors: string[] }> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}

test('a site that FRAME_ANCESTORS names has the call in a frame', async () => {
  let server: TestServer | undefined;
  const origin = await startSite(() => server as TestServer);
  server = await startServer({ FRAME_ANCESTORS: `self ${origin}` });
  onTestFinished(() => server?.close());
  const { page } = await open(origin);
  await page.frameLocator('#call').locator('html[data-state=joined]').waitFor({ state: 'attached' });

  const { page: other, context } = await participate(browser, server, { room: 'meeting', name: 'Ann' });
  onTestFinished(() => context.close());
  await seesMotion(other, 'video[data-peer-id][data-source=camera]');
});

test('any other site has not', async () => {
  const server = await startServer();
  onTestFinished(() => server.close());
  const { errors } = await open(await startSite(() => server));
  await expect.poll(() => errors.join('\n')).toContain('frame-ancestors');
  expect(server.log.filter(({ msg }) => msg === 'joined')).toEqual([]);
});
