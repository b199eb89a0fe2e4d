import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { CallEvents, type CallNews } from '../../../../src/client/phone/call-events.ts';
import { agentToken } from '../../../support/agent.ts';
import { startServer, type TestServer } from '../../../support/server.ts';
import { callEvents, WebhookSender } from '../../../support/telnyx/webhooks.ts';

const sender = new WebhookSender();
const Original = globalThis.WebSocket;
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ TELNYX_PUBLIC_KEY: sender.publicKey });
});
afterAll(async () => {
  globalThis.WebSocket = Original;
  await server.close();
});

/** The sockets that the client under test has opened. */
const sockets: WebSocket[] = [];
globalThis.WebSocket = class extends Original {
  constructor(url: string | URL) {
    super(url);
    sockets.push(this);
  }
};

/** Sends the webhooks of a call. Returns the ids of its events. */
async function send(): Promise<string[]> {
  const events = callEvents();
  await sender.sendAll(`${server.url}/webhooks/telnyx`, events);
  return events.map(({ data }) => data.id);
}

function client(getToken: () => string | Promise<string>) {
  const events = new CallEvents({ url: `${server.url.replace('http', 'ws')}/ws`, getToken });
  onTestFinished(() => events.stop());
  const news: CallNews[] = [];
  events.on('event', (event) => news.push(event));
  return { events, news };
}

const next = (events: CallEvents, name: 'caughtUp' | 'disconnected') =>
  new Promise<string | undefined>((resolve) => events.once(name, (reason?: string) => resolve(reason)));

test('tells what happens from now on, and after a drop what was missed, nothing twice', async () => {
  await send();
  const door = { open: Promise.resolve() };
  const { events, news } = client(() => door.open.then(() => agentToken()));
  events.start();
  await next(events, 'caughtUp');
  expect(news).toEqual([]);
  const { promise, resolve } = Promise.withResolvers<void>();
  door.open = promise;
  const [gone, back] = [next(events, 'disconnected'), next(events, 'caughtUp')];
  sockets.at(-1)?.close();
  await gone;
  const missed = await send();
  expect(news).toEqual([]);
  resolve();
  await back;
  const live = await send();
  await expect.poll(() => news.length).toBe(missed.length + live.length);
  expect(news.map(({ data }) => data.id)).toEqual([...missed, ...live]);
  expect(events.since).toBe(news.at(-1)?.seq);
});

test('does not come back with a token that is refused', async () => {
  const { events } = client(() => agentToken({ user_type: 'guest' }));
  const opened = sockets.length;
  const gone = next(events, 'disconnected');
  events.start();
  expect(await gone).toBe('forbidden');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(sockets.length).toBe(opened + 1);
});
