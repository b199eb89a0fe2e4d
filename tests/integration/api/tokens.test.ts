/** The backends' API: keys and tokens, over HTTP as a backend uses them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { revokeApiKey, rotateApiKey } from '../../../src/auth/api-key-table.ts';
import { backend, makeKey } from '../../support/api.ts';
import { RawClient } from '../../support/raw-client.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ TOKEN_MAX_TTL: '7200' });
});
afterAll(() => server.close());

const validate = (token: string) =>
  fetch(`${server.url}/aq_server/validate`, { headers: { authorization: `Bearer ${token}` } });
const idOf = (key: string) => key.split('_')[1] ?? '';

describe('an API key', () => {
  test('is required, and a wrong one is refused as a problem', async () => {
    const { status, headers, body } = await backend(server, undefined)('GET', '/tokens');
    expect([status, body.code]).toEqual([401, 'api_key_missing']);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(headers.get('www-authenticate')).toBe('Bearer');
    const key = makeKey(server);
    const wrong = [`${key.slice(0, -1)}_`, `aqk_${'0'.repeat(12)}_${key.slice(-43)}`, 'x', server.token()];
    for (const text of wrong) {
      expect((await backend(server, text)('GET', '/tokens')).body.code).toBe('api_key_invalid');
    }
  });

  test('does what its rights allow', async () => {
    const read = backend(server, makeKey(server, { rights: ['read', 'moderate'] }));
    expect((await read('GET', '/tokens')).body).toMatchObject({ status: 403, code: 'forbidden' });
    const tokens = backend(server, makeKey(server, { rights: ['tokens'] }));
    expect((await tokens('GET', '/tokens')).status).toBe(200);
  });

  test('is refused once revoked or expired; rotated, both texts are good for a while', async () => {
    const { database } = server.app;
    const key = makeKey(server);
    const ask = async (text: string) => (await backend(server, text)('GET', '/tokens')).status;
    const next = database.read((sql) => rotateApiKey(sql, idOf(key), Date.now() + 60_000)) ?? '';
    expect([await ask(key), await ask(next)]).toEqual([200, 200]);
    database.read((sql) => rotateApiKey(sql, idOf(key), Date.now() - 1));
    expect([await ask(key), await ask(next)]).toEqual([401, 401]);
    const other = makeKey(server);
    database.read((sql) => revokeApiKey(sql, idOf(other), Date.now()));
    expect(await ask(other)).toBe(401);
    expect(await ask(makeKey(server, { expiresAt: Date.now() - 1 }))).toBe(401);
  });

  test('is stored as a hash alone', () => {
    const key = makeKey(server, { name: 'hashed' });
    const rows = server.app.database.read((sql) => sql.prepare('SELECT * FROM api_keys').all());
    expect(JSON.stringify(rows)).toContain('hashed');
    expect(JSON.stringify(rows)).not.toContain(key.slice(-43));
  });
});

describe('a token', () => {
  test('is minted, enters its room, and is in the register', async () => {
    const call = backend(server, makeKey(server, { name: 'shop', rights: ['tokens'] }));
    const order = {
      room: 'minted',
      user_id: 'ann',
      name: 'Ann',
      user_type: 'host',
      grants: ['chat', 'moderate'],
      ttl: 60,
    };
    const { status, body, headers } = await call('POST', '/tokens', order);
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body.ws_url).toBe(`${server.url.replace('http', 'ws')}/aq_server/websocket?token=${body.token}`);
    expect(body.page_url).toBe(`${server.url}/#token=${body.token}`);
    expect(Date.parse(body.expires_at) - Date.now()).toBeLessThanOrEqual(60_000);
    const client = await RawClient.join({ url: server.url, token: () => body.token });
    expect(client.welcome).toMatchObject({
      room: 'minted',
      user: { id: 'ann', name: 'Ann', type: 'host' },
      grants: ['chat', 'moderate'],
    });
    await client.close();
    const { tokens, next } = (await call('GET', '/tokens?room=minted')).body;
    expect(next).toBeNull();
    expect(tokens).toMatchObject([
      {
        jti: body.jti,
        room: 'minted',
        user_id: 'ann',
        user_type: 'host',
        minted_by: 'backend:shop',
        revoked_at: null,
      },
    ]);
    expect(JSON.stringify(tokens)).not.toContain(body.token);
    expect((await call('GET', `/tokens/${body.jti}`)).body).toEqual(tokens[0]);
  });

  test('is minted for the fields of the Go server', async () => {
    const call = backend(server, makeKey(server));
    const { status, body } = await call('POST', '/tokens', { room_id: 'go', user_name: 'gus', duration: 60 });
    expect(status).toBe(201);
    expect(body).toMatchObject({ room_id: 'go', user_name: 'gus' });
    const { claims } = (await (await validate(body.token)).json()) as { claims: object };
    expect(claims).toMatchObject({ user_id: 'gus', room: 'go', user_type: 'guest' });
  });

  test.each([
    ['no room', { user_id: 'a' }],
    ['an unknown field', { room: 'r', user_id: 'a', admin: true }],
    ['a life that is too long', { room: 'r', user_id: 'a', ttl: 7201 }],
    ['no life', { room: 'r', user_id: 'a', ttl: 0 }],
    ['an unknown grant', { room: 'r', user_id: 'a', grants: ['root'] }],
    ['a control character', { room: 'r\n', user_id: 'a' }],
    ['both forms', { room: 'r', user_id: 'a', room_id: 'r', user_name: 'a', duration: 60 }],
    ['a duration under a minute', { room_id: 'r', user_name: 'a', duration: 59 }],
    ['no object', []],
  ])('is refused for %s', async (_what, order) => {
    const { status, body } = await backend(server, makeKey(server))('POST', '/tokens', order);
    expect([status, body.code]).toEqual([400, 'invalid_params']);
  });

  test.each([
    ['one by one', (jti: string) => ['DELETE', `/tokens/${jti}`, undefined] as const],
    ['by user', () => ['POST', '/tokens/revoke', { user_id: 'rex' }] as const],
    ['by room', () => ['POST', '/tokens/revoke', { room: 'revoked' }] as const],
  ])('revoked %s is refused everywhere, and its session ends', async (_how, request) => {
    const call = backend(server, makeKey(server));
    const mint = async () => (await call('POST', '/tokens', { room: 'revoked', user_id: 'rex' })).body;
    const { token, jti } = await mint();
    const client = await RawClient.join({ url: server.url, token: () => token });
    const [method, path, body] = request(jti);
    expect((await call(method, path, body)).status).toBeLessThan(300);
    expect(await client.closed).toEqual({ close: 4401, reason: 'token_revoked' });
    const checked = await validate(token);
    expect([checked.status, ((await checked.json()) as { error: object }).error]).toMatchObject([
      401,
      { code: 'token_revoked' },
    ]);
    await expect(client.resume(server, token)).rejects.toThrow('401');
    await expect(RawClient.open(server, token)).rejects.toThrow('401');
    expect((await call('GET', '/tokens?room=revoked')).body.tokens).toEqual([]);
    expect((await call('GET', `/tokens/${jti}`)).body.revoked_at).not.toBeNull();
    const later = await RawClient.join(server, (await mint()).token);
    await later.close();
  });

  test('revoked, sends its user away from the lobby, and leaves others and other tokens alone', async () => {
    const call = backend(server, makeKey(server));
    const mint = async (user_id: string) =>
      (await call('POST', '/tokens', { room: 'waiting', user_id })).body;
    await server.app.moderation.setLobby({ kind: 'operator' }, 'waiting', true);
    const [ann, bob] = [await mint('ann'), await mint('bob')];
    const wait = async (token: string) => {
      const { WebSocket } = await import('ws');
      const client = new RawClient(
        new WebSocket(`${server.url.replace('http', 'ws')}/aq_server/websocket`, [
          'aq.v1',
          `bearer.${token}`,
        ]),
      );
      await client.next('waiting');
      return client;
    };
    const [waitingAnn, waitingBob] = [await wait(ann.token), await wait(bob.token)];
    await call('DELETE', `/tokens/${ann.jti}`);
    expect(await waitingAnn.closed).toMatchObject({ reason: 'token_revoked' });
    expect(server.app.moderation.waiting('waiting').map(({ userId }) => userId)).toEqual(['bob']);
    await waitingBob.close();
  });

  test('lists have pages, in one order, each token once', async () => {
    const call = backend(server, makeKey(server));
    for (const user_id of ['a', 'b', 'c', 'd', 'e'])
      await call('POST', '/tokens', { room: 'paged', user_id });
    const users: string[] = [];
    let cursor = '';
    do {
      const { body } = await call('GET', `/tokens?room=paged&limit=2${cursor && `&cursor=${cursor}`}`);
      users.push(...body.tokens.map((token: { user_id: string }) => token.user_id));
      cursor = body.next;
    } while (cursor);
    expect(users.sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    for (const bad of [
      'x',
      Buffer.from('{}').toString('base64url'),
      Buffer.from('[1e999]').toString('base64url'),
    ]) {
      expect((await call('GET', `/tokens?cursor=${bad}`)).body.code).toBe('invalid_params');
    }
  });
});

describe('a room prefix', () => {
  test('bounds what a key mints, sees and revokes', async () => {
    const all = backend(server, makeKey(server));
    const shop = backend(server, makeKey(server, { roomPrefix: 'shop-' }));
    expect((await shop('POST', '/tokens', { room: 'shop-1', user_id: 'ann' })).status).toBe(201);
    for (const room of ['shop', 'other', 'Shop-1', 'xshop-1']) {
      expect((await shop('POST', '/tokens', { room, user_id: 'ann' })).body.code).toBe('forbidden');
    }
    const { jti, token } = (await all('POST', '/tokens', { room: 'other', user_id: 'ann' })).body;
    expect((await shop('GET', `/tokens/${jti}`)).status).toBe(404);
    expect((await shop('DELETE', `/tokens/${jti}`)).status).toBe(404);
    expect((await shop('GET', '/tokens?user_id=ann')).body.tokens).toMatchObject([{ room: 'shop-1' }]);
    expect((await shop('GET', '/tokens?room=other')).body.tokens).toEqual([]);
    expect((await shop('POST', '/tokens/revoke', { user_id: 'ann' })).body).toEqual({ revoked: 1 });
    expect((await validate(token)).status).toBe(200);
  });

  test('is compared after names are brought to NFC', async () => {
    const shop = backend(server, makeKey(server, { roomPrefix: 'e' }));
    expect((await shop('POST', '/tokens', { room: 'e\u0301x', user_id: 'ann' })).body.code).toBe('forbidden');
  });
});

describe('Idempotency-Key', () => {
  const order = { room: 'once', user_id: 'ann' };

  test('has a request done once and answered alike, also when both come at once', async () => {
    const call = backend(server, makeKey(server));
    const again = { 'idempotency-key': 'k-1' };
    const [one, other] = await Promise.all([
      call('POST', '/tokens', order, again),
      call('POST', '/tokens', order, again),
    ]);
    const third = await call('POST', '/tokens', order, again);
    expect([one.status, other.status, third.status]).toEqual([201, 201, 201]);
    expect(other.body).toEqual(one.body);
    expect(third.body).toEqual(one.body);
    expect(third.headers.get('idempotency-replayed')).toBe('true');
    expect(third.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect((await call('GET', '/tokens?room=once')).body.tokens).toHaveLength(1);
  });

  test('is refused for another body, and is free for another key, a refusal or a fault of the request', async () => {
    const call = backend(server, makeKey(server));
    const again = { 'idempotency-key': 'k-2' };
    expect((await call('POST', '/tokens', { room: 'r' }, again)).status).toBe(400);
    expect((await call('POST', '/tokens', order, again)).status).toBe(201);
    const conflict = await call('POST', '/tokens', { ...order, user_id: 'bob' }, again);
    expect([conflict.status, conflict.body.code]).toEqual([409, 'idempotency_conflict']);
    const other = await backend(server, makeKey(server))(
      'POST',
      '/tokens',
      { ...order, user_id: 'eve' },
      again,
    );
    expect(other.status).toBe(201);
    expect((await call('POST', '/tokens', order, { 'idempotency-key': 'a b' })).status).toBe(400);
  });

  test('keeps no token that can be read', async () => {
    const call = backend(server, makeKey(server));
    const { body } = await call('POST', '/tokens', order, { 'idempotency-key': 'k-3' });
    const rows = server.app.database.read((sql) => sql.prepare('SELECT body FROM kept_answers').all());
    const texts = rows.map((row) => Buffer.from(row.body as Uint8Array).toString('latin1'));
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.join()).not.toContain(body.token);
  });
});

test('what backends do is in the audit, by the name of the key', async () => {
  const call = backend(server, makeKey(server, { name: 'audited' }));
  const { jti } = (await call('POST', '/tokens', { room: 'audited', user_id: 'ann' })).body;
  await call('DELETE', `/tokens/${jti}`);
  const acts = () =>
    server.log
      .filter(({ audit, actor }) => audit && actor === 'backend:audited')
      .map(({ kind, target }) => [kind, target]);
  expect(acts()).toEqual([
    ['token-minted', jti],
    ['tokens-revoked', jti],
  ]);
});

test('a key has a limit of its own, and wrong keys one by address', async () => {
  const limited = await startServer({ API_REQUESTS_PER_MINUTE: '2', REQUESTS_PER_MINUTE: '3' });
  try {
    const [one, other] = [backend(limited, makeKey(limited)), backend(limited, makeKey(limited))];
    const statuses = [await one('GET', '/tokens'), await one('GET', '/tokens'), await one('GET', '/tokens')];
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(statuses[2]?.headers.get('retry-after')).toMatch(/^\d+$/);
    const wrong = backend(limited, 'aqk_wrong');
    for (let count = 0; count < 3; count++) expect((await wrong('GET', '/tokens')).status).toBe(401);
    expect((await wrong('GET', '/tokens')).status).toBe(429);
    expect((await other('GET', '/tokens')).status).toBe(200);
  } finally {
    await limited.close();
  }
});
