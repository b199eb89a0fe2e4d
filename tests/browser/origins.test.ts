/** From which pages browsers may connect, and what the others are told: the SDK and the room page in a real browser. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { Transform } from 'node:stream';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchLight } from '../support/browser.ts';
import { startServer, type TestServer } from '../support/server.ts';

let browser: Browser;
let server: TestServer;
/** One whose softphones log in with SIP credentials. */
let telephony: TestServer;
beforeAll(async () => {
  browser = await launchLight();
  server = await startServer({ ALLOWED_ORIGINS: 'https://app.example' });
  telephony = await startServer({ TELNYX_WEBRTC_USERNAME: 'agent', TELNYX_WEBRTC_PASSWORD: 'p' });
});
afterAll(async () => {
  await browser.close();
  await Promise.all([server.close(), telephony.close()]);
});

async function listen(listener: Server): Promise<string> {
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => void listener.close());
  return `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
}

/** A site of its own, with an empty page. */
function startSite(): Promise<string> {
  return listen(
    createHttpServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>site</title>');
    }),
  );
}

/** A proxy before the server that sends another host than the one in the page's address. */
function startProxy(port: number): Promise<string> {
  const upstream = { host: '127.0.0.1', port };
  return listen(
    createServer((socket) => {
      const renameHost = new Transform({
        transform: (chunk, _encoding, done) =>
          done(null, chunk.toString('latin1').replace(/^Host: .*$/gm, 'Host: upstream')),
      });
      const onward = connect(upstream);
      socket.pipe(renameHost).pipe(onward).pipe(socket);
      for (const one of [socket, onward]) one.on('error', () => [socket, onward].map((end) => end.destroy()));
    }),
  );
}

async function open(url: string): Promise<Page> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** What comes of a join by the SDK in a page: `joined`, or the code of the refusal. */
function join(page: Page): Promise<string> {
  const { url } = server;
  // As text: the test runner rewrites an import that it can see.
  const program = `import('${url}/sdk.js').then(async ({ Room }) => {
    const room = new Room({ url: '${url}', token: '${server.token()}' });
    return room.join().then(() => (room.leave(), 'joined'), ({ code }) => code);
  })`;
  return page.evaluate<string>(program);
}

test('[D3] a page of the server itself joins, whatever is on the list', async () => {
  expect(await join(await open(server.url))).toBe('joined');
});

test('[D3] a page of another origin is told that its origin is not allowed', async () => {
  expect(await join(await open(await startSite()))).toBe('origin_not_allowed');
});

test('[D3] the room page says so behind a proxy that changes the host', async () => {
  const page = await open(`${await startProxy(server.app.port)}/#token=${server.token()}`);
  await page.getByText('The server does not take calls from this address.').waitFor();
});

test('the softphone says so, too', async () => {
  const token = server.token({ user_type: 'agent' });
  const page = await open(`${await startProxy(telephony.app.port)}/dialer#token=${token}`);
  await page
    .getByRole('alert')
    .getByText('The server does not take softphones from this address.')
    .first()
    .waitFor();
});
