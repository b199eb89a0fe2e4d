/** The description of the API: it has not broken since the last release, and what it shows works. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { backend, makeKey } from '../../support/api.ts';
import { breakingChanges } from '../../support/openapi-compare.ts';
import { RawClient } from '../../support/raw-client.ts';
import { startServer, type TestServer } from '../../support/server.ts';

/** As it was released. `UPDATE_OPENAPI=1` writes it anew, which belongs to a release. */
const RELEASED = join(import.meta.dirname, '../../../docs/openapi.json');

let server: TestServer;
// biome-ignore lint/suspicious/noExplicitAny: the test reads a document
let document: any;
beforeAll(async () => {
  server = await startServer();
  document = await (await fetch(`${server.url}/api/v1/openapi.json`)).json();
  if (process.env.UPDATE_OPENAPI) writeFileSync(RELEASED, `${JSON.stringify(document, null, 2)}\n`);
});
afterAll(() => server.close());

interface Described {
  method: string;
  path: string;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  operation: any;
}

function operations(): Described[] {
  const paths = Object.entries<Record<string, object>>(document.paths);
  return paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

test('each operation has a name, a summary, a tag and its refusals', () => {
  expect(document.openapi).toBe('3.1.0');
  const described = operations();
  expect(described.length).toBeGreaterThan(35);
  for (const { method, path, operation } of described) {
    const name = `${method} ${path}`;
    expect(operation.operationId, name).toMatch(/^[a-z][A-Za-z]+$/);
    expect(operation.summary, name).toBeTruthy();
    expect(
      document.tags.map((tag: { name: string }) => tag.name),
      name,
    ).toContain(operation.tags[0]);
    expect(operation.responses.default.content, name).toHaveProperty('application/problem+json');
  }
  expect(new Set(described.map(({ operation }) => operation.operationId)).size).toBe(described.length);
});

test('each reference leads to a schema, and each schema is used', () => {
  const text = JSON.stringify(document);
  const used = new Set([...text.matchAll(/#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name));
  expect(used).toEqual(new Set(Object.keys(document.components.schemas)));
});

describe('since the last release', () => {
  test('nothing has broken', () => {
    expect(breakingChanges(JSON.parse(readFileSync(RELEASED, 'utf8')), document)).toEqual([]);
  });

  test.each([
    ['an operation that is gone', (now: typeof document) => delete now.paths['/api/v1/rooms'].get],
    [
      'an answer that is gone',
      (now: typeof document) => delete now.paths['/api/v1/tokens'].post.responses['201'],
    ],
    [
      'a field of an answer that is gone',
      (now: typeof document) => delete now.components.schemas.Room.properties.peers,
    ],
    [
      'a field of an answer that may be absent',
      (now: typeof document) => now.components.schemas.Room.required.pop(),
    ],
    [
      'a field of another type',
      (now: typeof document) => (now.components.schemas.Peer.properties.name.type = 'number'),
    ],
    [
      'a parameter that is required',
      (now: typeof document) => {
        now.paths['/api/v1/rooms'].get.parameters[0].required = true;
      },
    ],
    [
      'a field of a request that is required',
      (now: typeof document) => {
        const { schema } =
          now.paths['/api/v1/rooms/{room}/chat'].post.requestBody.content['application/json'];
        schema.required = ['text', 'to'];
      },
    ],
  ])('%s would be noticed', (_what, change) => {
    const now = structuredClone(document);
    change(now);
    expect(breakingChanges(document, now).length).toBeGreaterThan(0);
  });
});

/** What ends the server, and what needs a webhook that has failed, is tried in tests of its own. */
const ELSEWHERE = new Set(['drain', 'resendWebhook']);
/** The operations in an order in which each finds what it works on; the last ones end it. */
const LAST = ['revokeTokens', 'revokeToken', 'removePeer', 'removeUser', 'endRoom'];

test('each example works, and each operation is answered as it is described', async () => {
  const call = backend(server, makeKey(server));
  const sorted = operations().sort((one, other) => rank(one) - rank(other));
  for (const { method, path, operation } of sorted) {
    if (ELSEWHERE.has(operation.operationId)) continue;
    const content = operation.requestBody?.content['application/json'];
    for (const body of content ? examplesOf(content) : [undefined]) {
      const live = await makeLive();
      const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) =>
        encodeURIComponent(liveValue(path, name, live)),
      );
      const { status, body: answer } = await call(method, filled.replace('/api/v1', ''), body);
      const name = `${operation.operationId} ${JSON.stringify(body)} ${JSON.stringify(answer)}`;
      expect(Object.keys(operation.responses), name).toContain(String(status));
      expect(status, name).toBeLessThan(300);
      await Promise.all(live.clients.map((client) => client.close()));
    }
  }
});

function rank({ operation }: Described): number {
  return LAST.indexOf(operation.operationId);
}

// biome-ignore lint/suspicious/noExplicitAny: the same
function examplesOf({ schema, example, examples = {} }: any): unknown[] {
  const listed = Object.values<{ value: unknown }>(examples).map(({ value }) => value);
  const own = example === undefined ? listed : [example, ...listed];
  // biome-ignore lint/suspicious/noExplicitAny: the same
  const inside = (schema.anyOf ?? []).flatMap((each: any) => each.examples ?? []);
  const all = [...own, ...inside];
  expect(all.length, JSON.stringify(schema)).toBeGreaterThan(0);
  return all;
}

/** A room `meeting` with a peer, somebody who waits, a token, an invitation and a ban. */
async function makeLive() {
  const call = backend(server, makeKey(server));
  await call('PUT', '/rooms/meeting', { locked: false, lobby: true });
  await call('PUT', '/rooms/meeting/bans/alice');
  const user = (name: string) => `${name}-${crypto.randomUUID()}`;
  const peer = await RawClient.join(
    server,
    server.token({ room: 'meeting', user_id: user('p'), user_type: 'host' }),
  );
  const url = `${server.url.replace('http', 'ws')}/aq_server/websocket`;
  const bearer = `bearer.${server.token({ room: 'meeting', user_id: user('w') })}`;
  const waiting = new RawClient(new WebSocket(url, ['aq.v1', bearer]));
  await waiting.next('waiting');
  const wait = server.app.moderation.waiting('meeting')[0]?.id ?? '';
  const { jti } = (await call('POST', '/tokens', { room: 'meeting', user_id: 'bob' })).body;
  const { code } = (await call('POST', '/invitations', { room: 'meeting' })).body;
  return { room: 'meeting', user_id: 'alice', peer: peer.id, id: wait, jti, code, clients: [peer, waiting] };
}

function liveValue(path: string, name: string, live: Awaited<ReturnType<typeof makeLive>>): string {
  const value = new Map(Object.entries(live)).get(name);
  if (typeof value !== 'string') throw new Error(`${path}: nothing is live for ${name}`);
  return value;
}

test('the page to browse it comes from here alone', async () => {
  const page = await fetch(`${server.url}/api/v1/docs`);
  const text = await page.text();
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'self';/);
  expect(text).not.toMatch(/https?:/);
  const addresses = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
  expect(addresses).toHaveLength(3);
  for (const address of addresses) expect((await fetch(server.url + address)).status).toBe(200);
});
