/** Webhooks out: what backends are told, in which order, and what happens when they do not listen. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { backend, makeKey } from '../../support/api.ts';
import { track } from '../../support/media.ts';
import { RawClient } from '../../support/raw-client.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { newWebhookSecret, WebhookReceiver } from '../../support/webhook-receiver.ts';

const secret = newWebhookSecret();
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function listen(): Promise<WebhookReceiver> {
  const receiver = await new WebhookReceiver(secret).listen();
  open.push(receiver);
  return receiver;
}

async function start(urls: string | string[], variables: Record<string, string> = {}): Promise<TestServer> {
  const server = await startServer({
    WEBHOOK_URLS: [urls].flat().join(','),
    WEBHOOK_SECRETS: secret,
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
    ...variables,
  });
  open.push(server);
  return server;
}

const enter = (server: TestServer, room: string, user_id: string) =>
  RawClient.join(server, server.token({ user_id, room, user_type: 'host' }));

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aq-webhooks-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('a receiver', () => {
  test('is told of a room from its start to its end, in order, signed', async () => {
    const receiver = await listen();
    const server = await start(receiver.url);
    const ann = await enter(server, 'told', 'ann');
    await ann.request('produce', track('mic'));
    const bob = await enter(server, 'told', 'bob');
    await server.app.moderation.removeUser({ kind: 'backend', name: 'shop' }, 'told', 'bob');
    await bob.closed;
    await ann.close();
    await receiver.until(() => receiver.types().includes('room.ended'));
    expect(receiver.types()).toEqual([
      'room.started',
      'peer.joined',
      'source.published',
      'peer.joined',
      'peer.left',
      'peer.removed',
      'source.unpublished',
      'peer.left',
      'room.ended',
    ]);
    const [started, joined, published, , left, removed, , , ended] = receiver.received;
    expect(joined?.data).toEqual({
      room: { id: started?.data.room.id, name: 'told' },
      peer: { id: ann.id, user_id: 'ann', name: 'ann', user_type: 'host' },
    });
    expect(published?.data.source).toMatchObject({ source: 'mic' });
    expect(left?.data).toMatchObject({
      reason: 'removed',
      peer: { user_id: 'bob' },
      duration_ms: expect.any(Number),
    });
    expect(removed?.data).toEqual({
      room: { name: 'told' },
      user_id: 'bob',
      banned: false,
      by: 'backend:shop',
    });
    expect(ended?.data).toMatchObject({ duration_ms: expect.any(Number) });
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(9);
    expect(Math.abs(Date.parse(started?.timestamp ?? '') - Date.now())).toBeLessThan(60_000);
  });

  test('is told of revoked tokens, and of calls where it wants them', async () => {
    const receiver = await listen();
    const server = await start(receiver.url, { WEBHOOK_EVENTS: 'token.revoked' });
    const call = backend(server, makeKey(server));
    const { jti } = (await call('POST', '/tokens', { room: 'r', user_id: 'ann' })).body;
    await (await enter(server, 'r', 'bob')).close();
    await call('DELETE', `/tokens/${jti}`);
    await receiver.until(({ length }) => length > 0);
    expect(receiver.received.map(({ type, data }) => [type, data])).toEqual([
      ['token.revoked', { jti, room: { name: 'r' }, user_id: 'ann' }],
    ]);
  });

  test('that knows the old secret or the new one verifies both while they rotate', async () => {
    const fresh = newWebhookSecret();
    const [old, other] = [await listen(), await new WebhookReceiver(fresh).listen()];
    open.push(other);
    const server = await start([old.url, other.url], { WEBHOOK_SECRETS: `${fresh},${secret}` });
    await (await enter(server, 'r', 'ann')).close();
    await Promise.all([old, other].map((one) => one.until(() => one.types().includes('room.ended'))));
  });
});

describe('a receiver that fails', () => {
  test('gets each event again, in order, and holds up no other room and no other receiver', async () => {
    const [broken, healthy] = [await listen(), await listen()];
    let refuse = true;
    broken.answer = ({ room }, response) => response.writeHead(refuse && room === 'red' ? 500 : 200).end();
    const server = await start([broken.url, healthy.url]);
    await (await enter(server, 'red', 'ann')).close();
    await broken.untilAttempts(1);
    await (await enter(server, 'blue', 'ann')).close();
    const all = ['room.started', 'peer.joined', 'peer.left', 'room.ended'];
    await broken.until(() => broken.types('blue').length === 4);
    await healthy.until(() => healthy.types().length === 8);
    expect(broken.types('red')).toEqual([]);
    refuse = false;
    await broken.until(() => broken.types('red').length === 4);
    expect(broken.types('red')).toEqual(all);
    expect(broken.types('blue')).toEqual(all);
    expect(healthy.types('red')).toEqual(all);
  });

  test('or hangs, is told of other rooms meanwhile', async () => {
    const receiver = await listen();
    receiver.answer = ({ room }, response) => {
      if (room !== 'stuck') response.writeHead(200).end();
    };
    const server = await start(receiver.url);
    await (await enter(server, 'stuck', 'ann')).close();
    await receiver.untilAttempts(1);
    await (await enter(server, 'free', 'ann')).close();
    await receiver.until(() => receiver.types('free').length === 4);
  });

  test('or is down, gets all in order when it is back', async () => {
    const receiver = await new WebhookReceiver(secret).listen();
    const { url } = receiver;
    await receiver.close();
    const server = await start(url);
    const rooms = ['a', 'b', 'c', 'd', 'e'];
    for (const room of rooms) await (await enter(server, room, 'ann')).close();
    const delayed = () => server.log.some(({ msg }) => msg === 'a webhook was not delivered yet');
    await expect.poll(delayed).toBe(true);
    const back = await new WebhookReceiver(secret).listen(Number(new URL(url).port));
    open.push(back);
    await back.until(({ length }) => length === 20);
    for (const room of rooms) {
      expect(back.types(room)).toEqual(['room.started', 'peer.joined', 'peer.left', 'room.ended']);
    }
  });

  test('is not followed to where it redirects', async () => {
    let followed = 0;
    const inside = createServer((_request, response) => {
      followed++;
      response.end();
    });
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void inside.close());
    const receiver = await listen();
    const location = `http://127.0.0.1:${(inside.address() as AddressInfo).port}/`;
    receiver.answer = (_webhook, response) => response.writeHead(307, { location }).end();
    const server = await start(receiver.url);
    await (await enter(server, 'r', 'ann')).close();
    await receiver.untilAttempts(2);
    const delayed = server.log.filter(({ msg }) => msg === 'a webhook was not delivered yet');
    expect(delayed[0]?.reason).toBe('answered 307');
    expect(followed).toBe(0);
  });

  test.each([
    ['an address of this machine', '127.0.0.1', ''],
    ['a name that leads there', 'localhost', ''],
    ['an address in the clothes of IPv6', '[::ffff:127.0.0.1]', ''],
    ['an address of another private network than is allowed', '127.0.0.1', '10.0.0.0/8'],
  ])('is not reached at %s', async (_what, host, allowed) => {
    const receiver = await listen();
    const server = await start(`http://${host}:${new URL(receiver.url).port}/`, {
      WEBHOOK_ALLOWED_NETWORKS: allowed,
    });
    await (await enter(server, 'r', 'ann')).close();
    const refused = () =>
      server.log.some(({ reason }) => String(reason).includes('WEBHOOK_ALLOWED_NETWORKS'));
    await expect.poll(refused).toBe(true);
    expect(receiver.attempts).toEqual([]);
  });
});

describe('what was not delivered', () => {
  test('is delivered by the next server, and what a lost one left open is ended', async () => {
    const folder = temporaryFolder();
    const receiver = await listen();
    receiver.answer = (_webhook, response) => response.writeHead(503).end();
    const first = await start(receiver.url, { DATA_DIR: folder });
    const ann = await enter(first, 'kept', 'ann');
    await ann.request('produce', track('mic'));
    await receiver.untilAttempts(1);
    // As `kill -9` leaves it: a copy of the files of this moment.
    await expect
      .poll(() =>
        first.app.database.read((sql) => sql.prepare('SELECT count(*) AS n FROM webhook_open').get()?.n),
      )
      .toBe(3);
    const copy = temporaryFolder();
    for (const name of ['aq-server.db', 'aq-server.db-wal']) cpSync(join(folder, name), join(copy, name));
    await ann.close();
    await first.close();
    open.splice(open.indexOf(first), 1);
    receiver.answer = (_webhook, response) => response.writeHead(200).end();
    await start(receiver.url, { DATA_DIR: copy });
    await receiver.until(() => receiver.types().includes('room.ended'));
    expect(receiver.types()).toEqual([
      'room.started',
      'peer.joined',
      'source.published',
      'source.unpublished',
      'peer.left',
      'room.ended',
    ]);
    expect(receiver.received.slice(-2).map(({ data }) => data)).toMatchObject([
      { reason: 'server_lost', duration_ms: null, peer: { user_id: 'ann' } },
      { reason: 'server_lost', duration_ms: null },
    ]);
  });

  test('within 24 hours has failed, is listed, and is sent again', async () => {
    const folder = temporaryFolder();
    const receiver = await listen();
    receiver.answer = (_webhook, response) => response.writeHead(418).end();
    const first = await start(receiver.url, { DATA_DIR: folder });
    await (await enter(first, 'old', 'ann')).close();
    await receiver.untilAttempts(1);
    const aged = 'UPDATE webhook_events SET at = at - 86400000';
    await expect
      .poll(() =>
        first.app.database.read((sql) => sql.prepare('SELECT count(*) AS n FROM webhook_events').get()?.n),
      )
      .toBe(4);
    await first.app.database.write((sql) => sql.exec(aged));
    await first.close();
    open.splice(open.indexOf(first), 1);
    const second = await start(receiver.url, { DATA_DIR: folder });
    const call = backend(second, makeKey(second));
    const failed = async () => (await call('GET', '/webhooks/failed?limit=3')).body;
    await expect.poll(async () => (await failed()).deliveries.length).toBe(3);
    const { deliveries, next } = await failed();
    expect(deliveries[0]).toMatchObject({
      url: receiver.url,
      reason: 'answered 418',
      event: { data: { room: { name: 'old' } } },
    });
    expect((await call('GET', `/webhooks/failed?cursor=${next}`)).body.deliveries).toHaveLength(1);
    receiver.answer = (_webhook, response) => response.writeHead(200).end();
    expect((await call('POST', `/webhooks/failed/${deliveries[0].id}/resend`)).body).toEqual({ resent: 1 });
    await receiver.until(({ length }) => length === 1);
    expect(receiver.received[0]?.id).toBe(deliveries[0].id);
    await expect.poll(async () => (await failed()).deliveries.length).toBe(3);
    expect((await call('POST', `/webhooks/failed/${deliveries[0].id}/resend`)).status).toBe(404);
    expect((await call('POST', '/webhooks/resend')).body).toEqual({ resent: 3 });
    await receiver.until(({ length }) => length === 4);
    await expect.poll(async () => (await failed()).deliveries).toEqual([]);
    const shop = backend(second, makeKey(second, { rights: ['moderate', 'read'] }));
    expect((await shop('GET', '/webhooks/failed')).body.code).toBe('forbidden');
  });

  test('beyond the limit is dropped for that receiver, and noted', async () => {
    const [down, healthy] = [await listen(), await listen()];
    down.answer = (_webhook, response) => response.writeHead(500).end();
    const server = await start([down.url, healthy.url], { WEBHOOK_MAX_WAITING: '2' });
    await (await enter(server, 'r', 'ann')).close();
    await healthy.until(() => healthy.types().length >= 2);
    await expect.poll(() => server.log.some(({ limit }) => limit === 'WEBHOOK_MAX_WAITING')).toBe(true);
    const facts = server.log.filter(({ audit, target }) => audit && target === 'WEBHOOK_MAX_WAITING');
    expect(facts).toHaveLength(1);
  });
});
