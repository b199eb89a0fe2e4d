/** A link with a token: the page opens its socket before its script is there, and over the page's own connection. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { launch } from '../support/browser.ts';
import { createKeyPair } from '../support/key-pairs.ts';
import { startServer } from '../support/server.ts';

interface Opening {
  /** 101 of a handshake over HTTP/1.1, 200 of one over HTTP/2. */
  status: number;
}

/** Each WebSocket of a page that is answered. */
async function watchSockets(page: Page): Promise<Opening[]> {
  const openings: Opening[] = [];
  const cdp = await page.context().newCDPSession(page);
  cdp.on('Network.webSocketHandshakeResponseReceived', ({ response }) => openings.push(response));
  await cdp.send('Network.enable');
  return openings;
}

test('the socket is there before the script, and is the only one, over HTTP/1.1 and HTTP/2', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'aq-early-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { certFile, keyFile } = await createKeyPair(folder, 'server');
  const browser = await launch(['--ignore-certificate-errors']);
  onTestFinished(() => browser.close());
  for (const [status, variables] of [
    [101, {}],
    [200, { TLS_CERT: certFile, TLS_KEY: keyFile }],
  ] as const) {
    const server = await startServer(variables);
    const page = await browser.newPage();
    const openings = await watchSockets(page);
    await page.route('**/assets/room.js', async (route) => {
      await expect.poll(() => openings.length).toBe(1);
      await route.continue();
    });
    await page.goto(`${server.url}/?join=1#token=${server.token()}`);
    await page.waitForSelector('html[data-state=joined]');
    expect(openings).toEqual([expect.objectContaining({ status })]);
    expect(page.url()).not.toContain('token');
    await page.close();
    await server.close();
  }
});
