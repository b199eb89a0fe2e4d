/** WHIP (RFC 9725): encoders in rooms, with real offers over real HTTP, and with real media from OBS's stack. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { MediaPublication } from '../../src/rooms/publication.ts';
import { tokenOf } from '../support/door.ts';
import { RawClient } from '../support/raw-client.ts';
import { RunningClient, sdpClients } from '../support/sdp-clients/clients.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { publishOffers, readOffer } from '../unit/sdp/corpus.ts';

const OFFER = readOffer('publish-chromium.sdp');
const SDP = { 'content-type': 'application/sdp' };
const FRAGMENT = { 'content-type': 'application/trickle-ice-sdpfrag' };

let server: TestServer;
const open: RawClient[] = [];

beforeAll(async () => {
  server = await startServer({
    STUN_URLS: 'stun:stun.example.org',
    TURN_URLS: 'turn:turn.example.org?transport=udp',
    TURN_USERNAME: 'user',
    TURN_CREDENTIAL: 'pass"word',
    ALLOWED_ORIGINS: 'https://studio.example.org',
  });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});
afterAll(() => server.close());

describe('an offer [E1–E5]', () => {
  test.each(publishOffers)('%s makes a member with a camera and a microphone', async (file) => {
    const room = randomUUID();
    const witness = await joins(room, 'wim');
    const response = await post({ room, user_id: 'eva' }, readOffer(file));
    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toBe('application/sdp');
    expect(await response.text()).toContain('a=setup:passive');
    const { peer } = await witness.next('peerJoined');
    expect(peer).toMatchObject({ userId: 'eva', userType: 'guest' });
    await seesSources(witness, ['camera', 'mic']);
  });

  test('is answered with the address of the session, its ETag and the ICE servers', async () => {
    const { headers } = await post({ room: randomUUID(), user_id: 'eva' });
    expect(headers.get('location')).toMatch(/^\/whip\/sessions\/[\w-]{36}$/);
    expect(headers.get('etag')).toMatch(/^"[\w+/-]+"$/);
    expect(headers.get('link')).toBe(
      '<stun:stun.example.org>; rel="ice-server", <turn:turn.example.org?transport=udp>; rel="ice-server"; ' +
        'username="user"; credential="pass%22word"; credential-type="password"',
    );
  });

  test('publishes a screen where it is asked for', async () => {
    const room = randomUUID();
    const witness = await joins(room, 'wim');
    const token = tokenOf({ room, user_id: 'eva', user_type: 'presenter' });
    const response = await fetch(`${server.url}/whip/${room}?source=screen`, {
      method: 'POST',
      headers: { ...SDP, authorization: `Bearer ${token}` },
      body: OFFER,
    });
    expect(response.status).toBe(201);
    await seesSources(witness, ['screen', 'screen-audio']);
  });

  test('takes its token from the address too', async () => {
    const token = tokenOf({ room: randomUUID(), user_id: 'eva' });
    const response = await fetch(`${server.url}/whip?token=${token}`, {
      method: 'POST',
      headers: SDP,
      body: OFFER,
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).not.toContain('token');
  });

  test.each([
    ['without a token', {}, 401, 'token_missing'],
    ['for another room', { path: '/whip/other' }, 403, 'forbidden'],
    ['of a viewer', { claims: { user_type: 'viewer' } }, 403, 'forbidden'],
    ['of a screen by a guest', { path: '/whip?source=screen' }, 403, 'forbidden'],
    ['of another source', { path: '/whip?source=smell' }, 400, 'invalid_params'],
    ['that is no SDP', { body: 'hello' }, 400, 'invalid_media'],
    ['that sends nothing', { body: OFFER.replaceAll('a=sendonly', 'a=recvonly') }, 400, 'invalid_media'],
    ['as JSON', { type: 'application/json' }, 415, 'media_type_not_supported'],
    ['that is too long', { body: 'a=x\r\n'.repeat(20_000) }, 413, 'message_too_big'],
  ])('%s is refused', async (name, request, status, code) => {
    const {
      path = '/whip',
      claims = {},
      body = OFFER,
      type = SDP['content-type'],
    } = request as Partial<Record<'path' | 'body' | 'type', string>> & { claims?: object };
    const token = tokenOf({ room: randomUUID(), user_id: 'eva', ...claims });
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': type,
        ...(name !== 'without a token' && { authorization: `Bearer ${token}` }),
      },
      body,
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await response.json()).toMatchObject({ type: 'about:blank', status, code });
  });

  test('that is refused leaves no member and no room behind', async () => {
    const room = randomUUID();
    await post({ room, user_id: 'eva', user_type: 'viewer' });
    expect(server.app.rooms.find(room)).toBeUndefined();
  });

  test('does not wait in a lobby', async () => {
    const room = randomUUID();
    const host = await joins(room, 'hanna', 'host');
    await host.request('setLobby', { lobby: true });
    const response = await post({ room, user_id: 'eva' });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'not_admitted' });
    expect((await post({ room, user_id: 'harry', user_type: 'host' })).status).toBe(201);
  });

  test('from a page of an allowed origin can be read there', async () => {
    const origin = 'https://studio.example.org';
    const preflight = await fetch(`${server.url}/whip`, { method: 'OPTIONS', headers: { origin } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('if-match');
    const response = await post({ room: randomUUID(), user_id: 'eva' }, OFFER, { origin });
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-expose-headers')).toBe('retry-after, location, etag, link');
  });
});

describe('a session [E6, E7, E9]', () => {
  test('ends with DELETE', async () => {
    const room = randomUUID();
    const witness = await joins(room, 'wim');
    const { url, token } = await begin(room);
    await witness.next('peerJoined');
    const response = await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
    expect(await witness.next('peerLeft')).toMatchObject({ reason: 'left' });
    const again = await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    expect(again.status).toBe(404);
  });

  test('belongs to its user', async () => {
    const room = randomUUID();
    const { url } = await begin(room, 'eva');
    const remove = (token?: string) =>
      fetch(url, {
        method: 'DELETE',
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
    expect((await remove()).status).toBe(401);
    expect((await remove('x.y.z')).status).toBe(401);
    expect((await remove(tokenOf({ room, user_id: 'mallory' }))).status).toBe(404);
    expect((await remove(tokenOf({ room: 'other', user_id: 'eva' }))).status).toBe(404);
    expect((await remove(tokenOf({ room, user_id: 'eva' }))).status).toBe(200);
  });

  test('takes trickled candidates without need', async () => {
    const { url, token, etag } = await begin(randomUUID());
    const response = await patch(url, token, { 'if-match': etag });
    expect(response.status).toBe(204);
    expect(response.headers.get('etag')).toBeNull();
  });

  test('restarts ICE for other credentials', async () => {
    const { url, token, etag } = await begin(randomUUID());
    const restart = await patch(url, token, { 'if-match': '*' }, fragment('abcd', 'a'.repeat(24)));
    expect(restart.status).toBe(200);
    const next = restart.headers.get('etag') ?? '';
    expect(next).toMatch(/^".+"$/);
    expect(next).not.toBe(etag);
    expect(restart.headers.get('content-type')).toBe('application/trickle-ice-sdpfrag');
    const lines = (await restart.text()).split('\r\n');
    expect(lines).toEqual(
      expect.arrayContaining([`a=ice-ufrag:${next.slice(1, -1)}`, 'a=ice-lite', 'a=mid:0']),
    );
    expect(lines.some((line) => line.startsWith('a=candidate:'))).toBe(true);
    expect(lines.some((line) => /^[vost]=/.test(line))).toBe(false);
    expect((await patch(url, token, { 'if-match': etag })).status).toBe(412);
    expect((await patch(url, token, { 'if-match': next }, fragment('abcd', 'a'.repeat(24)))).status).toBe(
      204,
    );
  });

  test('needs If-Match, a fragment and its content type', async () => {
    const { url, token, etag } = await begin(randomUUID());
    expect((await patch(url, token, {})).status).toBe(428);
    expect((await patch(url, token, { 'if-match': '"other"' })).status).toBe(412);
    expect((await patch(url, token, { 'if-match': etag }, 'a=candidate:1')).status).toBe(400);
    expect((await patch(url, token, { 'if-match': etag, ...SDP })).status).toBe(415);
  });

  test('has no content to get', async () => {
    const { url } = await begin(randomUUID());
    expect((await fetch(url)).status).toBe(204);
    expect((await fetch(`${server.url}/whip`)).status).toBe(204);
    expect((await fetch(`${server.url}/whip`, { method: 'PUT' })).status).toBe(405);
  });

  test('ends when a host removes its user, whose token is refused then', async () => {
    const room = randomUUID();
    const host = await joins(room, 'hanna', 'host');
    const { url, token } = await begin(room, 'eva');
    const { peer } = await host.next('peerJoined');
    await host.request('removePeer', { peerId: peer.id });
    expect(await host.next('peerLeft')).toMatchObject({ peerId: peer.id, reason: 'removed' });
    expect(
      (await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })).status,
    ).toBe(404);
    expect((await post({ room, user_id: 'eva' }, OFFER, {}, token)).status).toBe(401);
  });

  test('is muted by a host, and sends again when it is allowed', async () => {
    const room = randomUUID();
    const host = await joins(room, 'hanna', 'host');
    await begin(room, 'eva');
    const { peer } = await host.next('peerJoined');
    await seesSources(host, ['camera', 'mic']);
    const muted = { peerId: peer.id, source: 'mic' as const };
    await host.request('muteSource', { ...muted, mode: 'hard' });
    expect(publicationOf(room, 'mic')?.producer.paused).toBe(true);
    await host.request('allowSource', muted);
    await host.next('producerResumed');
    expect(publicationOf(room, 'mic')?.producer.paused).toBe(false);
  });

  test('of a user who is muted begins muted', async () => {
    const room = randomUUID();
    const host = await joins(room, 'hanna', 'host');
    const eva = await joins(room, 'eva');
    await host.request('muteSource', { peerId: eva.id, source: 'mic', mode: 'hard' });
    await begin(room, 'eva');
    expect(publicationOf(room, 'mic')?.producer.paused).toBe(true);
    expect(publicationOf(room, 'camera')?.producer.paused).toBe(false);
  });

  test('loses what another type does not allow', async () => {
    const room = randomUUID();
    const host = await joins(room, 'hanna', 'host');
    await begin(room, 'eva');
    const { peer } = await host.next('peerJoined');
    await host.request('setUserType', { peerId: peer.id, userType: 'viewer' });
    expect(publicationOf(room, 'mic')).toBeUndefined();
    expect(publicationOf(room, 'camera')).toBeUndefined();
  });
});

test('[E8] a stream ends with its media worker, and another one begins on the next', async () => {
  const other = await startServer({ MEDIA_WORKERS: '1' });
  onTestFinished(() => other.close());
  const token = other.token({ user_id: 'eva', room: 'studio' });
  const witness = await RawClient.join(other, other.token({ user_id: 'wim', room: 'studio' }));
  onTestFinished(() => witness.close());
  const offer = () =>
    fetch(`${other.url}/whip`, {
      method: 'POST',
      headers: { ...SDP, authorization: `Bearer ${token}` },
      body: OFFER,
    });
  expect((await offer()).status).toBe(201);
  await witness.next('peerJoined');
  const [pid] = other.app.workers.pids();
  if (pid === undefined) throw new Error('there is no worker');
  process.kill(pid, 'SIGKILL');
  expect(await witness.next('peerLeft')).toMatchObject({ reason: 'media_lost' });
  expect((await offer()).status).toBe(201);
});

describe("OBS's stack", () => {
  test('sends, is heard by the server, and is gone when it ends', async () => {
    const room = randomUUID();
    const witness = await joins(room, 'wim');
    const obs = sdpClients.find(({ name }) => name === 'node-datachannel');
    if (!obs) throw new Error('there is no such client');
    const running = new RunningClient(obs, 'publish', `${server.url}/whip`, {
      TOKEN: tokenOf({ room, user_id: 'obs' }),
    });
    onTestFinished(() => running.close());
    await witness.next('peerJoined');
    for (const source of ['mic', 'camera'] as const) {
      const count = async () => {
        const stats = await publicationOf(room, source)?.producer.getStats();
        return stats?.[0]?.packetCount ?? 0;
      };
      await expect.poll(count, { message: running.describe() }).toBeGreaterThan(20);
    }
  });
});

async function joins(room: string, user_id: string, user_type = 'guest'): Promise<RawClient> {
  const client = await RawClient.join(server, tokenOf({ room, user_id, user_type }));
  open.push(client);
  return client;
}

async function seesSources(witness: RawClient, sources: readonly string[]): Promise<void> {
  await expect
    .poll(() =>
      witness
        .all('producerOpened')
        .map(({ producer }) => producer.source)
        .toSorted(),
    )
    .toEqual(sources);
}

function post(
  claims: Parameters<typeof tokenOf>[0],
  body = OFFER,
  headers: Record<string, string> = {},
  token = tokenOf(claims),
): Promise<Response> {
  return fetch(`${server.url}/whip`, {
    method: 'POST',
    headers: { ...SDP, ...headers, authorization: `Bearer ${token}` },
    body,
  });
}

async function begin(room: string, user_id = 'eva'): Promise<{ url: string; token: string; etag: string }> {
  const token = tokenOf({ room, user_id });
  const { headers } = await post({ room, user_id }, OFFER, {}, token);
  return { url: `${server.url}${headers.get('location')}`, token, etag: headers.get('etag') ?? '' };
}

function fragment(usernameFragment: string, password: string): string {
  return `a=ice-ufrag:${usernameFragment}\r\na=ice-pwd:${password}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n`;
}

/** By default with the credentials of the offer. */
function patch(
  url: string,
  token: string,
  headers: Record<string, string>,
  body = fragment(/ice-ufrag:(.*)\r/.exec(OFFER)?.[1] ?? '', /ice-pwd:(.*)\r/.exec(OFFER)?.[1] ?? ''),
): Promise<Response> {
  const all = { ...FRAGMENT, authorization: `Bearer ${token}`, ...headers };
  return fetch(url, { method: 'PATCH', headers: all, body });
}

function publicationOf(room: string, source: 'mic' | 'camera'): MediaPublication | undefined {
  return server.app.rooms
    .find(room)
    ?.publications()
    .filter((publication) => publication.kind !== 'data')
    .find((publication) => publication.source === source);
}
