/** Invitations, made by backends and by hosts (PROTOCOL.md, rules V). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiCall, backend, makeKey } from '../../support/api.ts';
import { RawClient, refusal } from '../../support/raw-client.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
let call: ApiCall;
let guest: ApiCall;
beforeAll(async () => {
  server = await startServer({ ALLOWED_ORIGINS: 'https://app.example' });
  call = backend(server, makeKey(server, { name: 'inviting' }));
  guest = backend(server, undefined);
});
afterAll(() => server.close());

const exchange = (code: string, name = 'Gus', headers = {}) =>
  guest('POST', `/invitations/${code}/exchange`, { name }, headers);

describe('an invitation of a backend', () => {
  test('[V2] becomes tokens for users of their own, as often as it says', async () => {
    const order = { room: 'party', user_type: 'presenter', max_uses: 2, ttl: 60, token_ttl: 60 };
    const { status, body } = await call('POST', '/invitations', order);
    expect(status).toBe(201);
    expect(body).toMatchObject({ room: 'party', uses: 0, max_uses: 2, created_by: 'backend:inviting' });
    const [one, other] = [await exchange(body.code), await exchange(body.code, 'Eve')];
    expect([one.status, other.status]).toEqual([201, 201]);
    expect(one.headers.get('cache-control')).toBe('no-store');
    const client = await RawClient.join(server, one.body.token);
    expect(client.welcome).toMatchObject({ room: 'party', user: { name: 'Gus', type: 'presenter' } });
    expect(client.welcome.user.id).toMatch(/^guest-[0-9a-f-]{36}$/);
    await client.close();
    expect((await exchange(body.code)).body).toMatchObject({ status: 404, code: 'invitation_invalid' });
    expect((await call('GET', `/invitations/${body.code}`)).body.uses).toBe(2);
    const { tokens } = (await call('GET', `/tokens?invitation=${body.code}`)).body;
    expect(new Set(tokens.map((token: { user_id: string }) => token.user_id)).size).toBe(2);
  });

  test('is used up exactly, however many come at once', async () => {
    const { code } = (await call('POST', '/invitations', { room: 'race', max_uses: 3 })).body;
    const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(code)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
  });

  test('[V3] revoked is good for nothing, and neither are its tokens', async () => {
    const { code } = (await call('POST', '/invitations', { room: 'off' })).body;
    const { token } = (await exchange(code)).body;
    const client = await RawClient.join(server, token);
    expect((await call('DELETE', `/invitations/${code}`)).status).toBe(204);
    expect(await client.closed).toMatchObject({ reason: 'token_revoked' });
    expect((await exchange(code)).status).toBe(404);
    expect((await call('GET', '/invitations?room=off')).body.invitations).toEqual([]);
  });

  test('is out of reach of keys with another prefix, and of codes that are none', async () => {
    const { code } = (await call('POST', '/invitations', { room: 'other' })).body;
    const shop = backend(server, makeKey(server, { roomPrefix: 'shop-' }));
    expect((await shop('GET', `/invitations/${code}`)).status).toBe(404);
    expect((await shop('DELETE', `/invitations/${code}`)).status).toBe(404);
    expect((await shop('POST', '/invitations', { room: 'other' })).status).toBe(403);
    expect((await shop('GET', '/invitations')).body.invitations).toEqual([]);
    expect((await exchange('x'.repeat(20))).body.code).toBe('invitation_invalid');
    expect((await exchange('..%2f..%2fetc')).body.code).toBe('invalid_params');
    expect((await exchange(code, 'a\nb')).body.code).toBe('invalid_params');
  });

  test('is exchanged by pages of allowed origins alone', async () => {
    const { code } = (await call('POST', '/invitations', { room: 'cors' })).body;
    const allowed = await exchange(code, 'Gus', { origin: 'https://app.example' });
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([
      201,
      'https://app.example',
    ]);
    const other = await exchange(code, 'Gus', { origin: 'https://evil.example' });
    expect(other.body).toMatchObject({ status: 403, code: 'origin_not_allowed' });
  });

  test('lists have pages', async () => {
    for (let count = 0; count < 3; count++) await call('POST', '/invitations', { room: 'many' });
    const first = (await call('GET', '/invitations?room=many&limit=2')).body;
    const second = (await call('GET', `/invitations?room=many&limit=2&cursor=${first.next}`)).body;
    const codes = [...first.invitations, ...second.invitations].map(({ code }: { code: string }) => code);
    expect([new Set(codes).size, second.next]).toEqual([3, null]);
  });
});

test('[V1] hosts invite to their own room, and guests do not', async () => {
  const host = await RawClient.join(
    server,
    server.token({ room: 'mine', user_id: 'ann', user_type: 'host' }),
  );
  const invitation = await host.request('createInvitation', { userType: 'guest', maxUses: 5 });
  expect((await host.request('listInvitations', {})).invitations).toEqual([invitation]);
  const invited = await RawClient.join(server, (await exchange(invitation.code)).body.token);
  expect(invited.welcome).toMatchObject({ room: 'mine', user: { type: 'guest' } });
  expect(await refusal(invited.request('createInvitation', {}))).toBe('forbidden');
  const { code: foreign } = (await call('POST', '/invitations', { room: 'other' })).body;
  expect(await refusal(host.request('revokeInvitation', { code: foreign }))).toBe('not_found');
  await host.request('revokeInvitation', { code: invitation.code });
  expect(await invited.closed).toMatchObject({ reason: 'token_revoked' });
  expect((await host.request('listInvitations', {})).invitations).toEqual([]);
  await host.close();
});
