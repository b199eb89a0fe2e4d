/** Whether a node takes rooms and members: `/ready`, an overload with real load, and a drain. */

import { afterEach, describe, expect, test } from 'vitest';
import type { Readiness } from '../../src/http/operation/ready.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
afterEach(() => server.close());

async function ready(): Promise<{ status: number; body: Readiness }> {
  const response = await fetch(`${server.url}/ready`);
  const body = (await response.json()) as Readiness;
  return { status: response.status, body };
}

/** The close code and the reason with which a newcomer is refused; undefined for one who is let in. */
async function refusalOf(room: string): Promise<string | undefined> {
  try {
    const client = await RawClient.join(server, server.token({ user_id: 'new', room }));
    await client.close();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** Keeps the event loop busy, in long turns, until it is stopped. */
function burn(turnMs: number): () => void {
  let burning = true;
  const turn = () => {
    for (const end = performance.now() + turnMs; performance.now() < end; );
    if (burning) setImmediate(turn);
  };
  turn();
  return () => {
    burning = false;
  };
}

test('a server that listens is ready', async () => {
  server = await startServer();
  expect(await ready()).toEqual({ status: 200, body: { status: 'ready' } });
});

test('an overloaded server refuses new rooms and then new members, leaves those inside alone, and recovers', async () => {
  server = await startServer({ OVERLOAD_LOOP_DELAY: '100' });
  const inside = await RawClient.join(server, server.token({ room: 'open' }));
  const stop = burn(400);
  await expect
    .poll(ready, { timeout: 40_000 })
    .toMatchObject({ status: 503, body: { status: 'overloaded' } });
  expect((await ready()).body.reason).toMatch(/^the event loop is \d+ ms late$/);
  expect(await refusalOf('new')).toContain('4503 overloaded');
  await expect.poll(() => refusalOf('open'), { timeout: 60_000 }).toContain('4503 overloaded');
  await inside.request('chat', { text: 'still here' });
  stop();
  await expect.poll(async () => (await ready()).status, { timeout: 40_000 }).toBe(200);
  expect(await refusalOf('new')).toBeUndefined();
  expect(server.log.filter(({ msg, refusing }) => msg === 'limit reached' && refusing)).toHaveLength(2);
  await inside.close();
}, 120_000);

describe('a drain', () => {
  test('refuses new rooms, lets open ones go on, and is over when the last one is empty', async () => {
    server = await startServer();
    const inside = await RawClient.join(server, server.token({ room: 'open' }));
    server.app.availability.drain({ deadlineMs: 60_000, spreadMs: 0 });
    expect(await ready()).toMatchObject({ status: 503, body: { status: 'draining' } });
    expect(await refusalOf('new')).toContain('4503 draining');
    expect(await refusalOf('open')).toBeUndefined();
    await inside.close();
    await server.app.availability.drained;
  });

  test('is over at its deadline, and asks those who are left to come back within its spread', async () => {
    server = await startServer();
    const inside = await RawClient.join(server);
    server.app.availability.drain({ deadlineMs: 0, spreadMs: 30_000 });
    await server.app.availability.drained;
    await server.app.close();
    const [{ retryAfter } = { retryAfter: -1 }] = inside.all('closing');
    expect(retryAfter).toBeGreaterThanOrEqual(0);
    expect(retryAfter).toBeLessThanOrEqual(30_000);
    expect((await inside.closed).reason).toBe('server_closing');
  });

  test('of an empty server is over at once, and one that is empty later does not wait for the deadline', async () => {
    server = await startServer();
    server.app.availability.drain({ deadlineMs: 60_000, spreadMs: 0 });
    await server.app.availability.drained;
  });
});
