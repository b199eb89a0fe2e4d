/** Softphones on pages of other origins, in a real browser: what CORS lets through, from the web and from files. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchShell } from '../support/browser.ts';
import { temporaryFolder } from '../support/process.ts';
import { startServer } from '../support/server.ts';
import { FakeTelnyx } from '../support/telnyx/rest.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchShell();
});
afterAll(() => browser.close());

/** A server with Telnyx behind it that these origins may ask, and an agent's way to ask it on a page. */
async function dialer(allowedOrigins: string) {
  const fake = await FakeTelnyx.listen();
  onTestFinished(() => fake.close());
  const server = await startServer({
    ALLOWED_ORIGINS: allowedOrigins,
    TELNYX_API_URL: fake.url,
    TELNYX_API_KEY: fake.apiKey,
    TELNYX_TELEPHONY_CREDENTIAL_ID: fake.addCredential(fake.addConnection()).id,
    TELNYX_WEBRTC_USERNAME: 'agentuser',
    TELNYX_WEBRTC_PASSWORD: 'the-password-of-sip',
  });
  onTestFinished(() => server.close());
  return { server, token: server.token({ user_type: 'agent' }) };
}

/** What a page at this address reads of both answers; an answer that it may not read is the browser's error. */
async function askFrom(address: string, { server, token }: Awaited<ReturnType<typeof dialer>>) {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.goto(address);
  return page.evaluate(
    async ({ url, authorization }) => {
      const ask = async (method: string, path: string) => {
        const headers = { authorization, 'content-type': 'application/json' };
        const response = await fetch(`${url}/api/v1/telephony/${path}`, { method, headers });
        return Object.keys(await response.json());
      };
      const unreadable = (error: unknown) => String(error);
      return {
        origin: window.origin,
        token: await ask('POST', 'token').catch(unreadable),
        credentials: await ask('GET', 'credentials').catch(unreadable),
      };
    },
    { url: server.url, authorization: `Bearer ${token}` },
  );
}

async function webPage(): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>softphone</title>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function filePage(): string {
  const file = join(temporaryFolder(), 'softphone.html');
  writeFileSync(file, '<!doctype html><title>softphone</title>');
  return pathToFileURL(file).href;
}

const READ = {
  token: ['login_token', 'expires_at', 'refresh_at'],
  credentials: expect.arrayContaining(['username', 'password', 'sip_uri']),
};
const UNREADABLE = 'TypeError: Failed to fetch';

test('a page of an allowed origin reads both answers, and one of another none', async () => {
  const [allowed, other] = [await webPage(), await webPage()];
  const origin = new URL(allowed).origin;
  const softphones = await dialer(origin);
  expect(await askFrom(allowed, softphones)).toEqual({ origin, ...READ });
  expect(await askFrom(other, softphones)).toMatchObject({ token: UNREADABLE, credentials: UNREADABLE });
});

test('a page from a file reads them where files are allowed, and only there', async () => {
  expect(await askFrom(filePage(), await dialer('file://'))).toEqual({ origin: 'null', ...READ });
  const strict = await dialer('app://softphone');
  expect(await askFrom(filePage(), strict)).toMatchObject({ token: UNREADABLE, credentials: UNREADABLE });
});
