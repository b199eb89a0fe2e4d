/** Players by WHEP (PROTOCOL.md, rules P1 to P6), against the whole server. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { tokenOf } from '../support/door.ts';
import { RawClient } from '../support/raw-client.ts';
import { RunningClient, type SdpClient, sdpClients } from '../support/sdp-clients/clients.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { readOffer } from '../unit/sdp/corpus.ts';

const ENOUGH = 20;
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ MEDIA_WORKERS: '2' });
});
afterAll(() => server.close());

function clientOf(name: string): SdpClient {
  const client = sdpClients.find((candidate) => candidate.name === name);
  if (!client) throw new Error(`there is no client ${name}`);
  return client;
}

function start(name: string, mode: 'publish' | 'play', query: string, token: string): RunningClient {
  const path = mode === 'publish' ? 'whip' : 'whep';
  const running = new RunningClient(clientOf(name), mode, `${server.url}/${path}${query}`, { TOKEN: token });
  onTestFinished(() => running.close());
  return running;
}

const encoder = (room: string, user_id: string, query = '') =>
  start('wrtc', 'publish', query, tokenOf({ room, user_id, user_type: 'presenter' }));
const player = (name: string, room: string, query = '') =>
  start(name, 'play', query, tokenOf({ room, user_id: `viewer-${name}`, user_type: 'viewer' }));

async function plays(running: RunningClient): Promise<void> {
  const { video, audio } = running.report;
  const goesOn = () =>
    (running.report.video >= video + ENOUGH && running.report.audio >= audio + ENOUGH) || running.describe();
  await expect.poll(goesOn).toBe(true);
}

async function published(room: string, count: number): Promise<void> {
  await expect.poll(() => server.app.rooms.find(room)?.publications().length).toBe(count);
}

function post(token: string, body: string, query = ''): Promise<Response> {
  const headers = { 'content-type': 'application/sdp', authorization: `Bearer ${token}` };
  return fetch(`${server.url}/whep${query}`, { method: 'POST', headers, body });
}

async function problem(response: Response): Promise<[number, string]> {
  const { code } = (await response.json()) as { code: string };
  return [response.status, code];
}

describe('[P1] a player shows the room', () => {
  test.each(['wrtc', 'werift'])('%s: pictures and sound of an encoder', async (name) => {
    const room = `play-${name}`;
    encoder(room, 'eva');
    await published(room, 2);
    await plays(player(name, room));
  });

  test('wrtc: also of one who comes later', async () => {
    const running = player('wrtc', 'later');
    await expect.poll(() => running.report.connected).toBe(true);
    encoder('later', 'eva');
    await plays(running);
  });
});

describe('[P2] who is shown', () => {
  test('is the screen while there is one, and then somebody else again', async () => {
    encoder('screens', 'eva');
    await published('screens', 2);
    const running = player('wrtc', 'screens');
    await plays(running);
    const sources = () => {
      const members = server.app.rooms.find('screens')?.membersOf() ?? [];
      const viewer = members.find(({ identity }) => identity.userType === 'viewer');
      return [...(viewer?.receiver?.subscribed ?? [])]
        .map((each) => 'source' in each && each.source)
        .toSorted();
    };
    expect(sources()).toEqual(['camera', 'mic']);
    encoder('screens', 'sven', '?source=screen');
    await expect.poll(sources).toContain('screen');
    await plays(running);
    for (const member of server.app.rooms.find('screens')?.membersOf('sven') ?? []) member.close('left');
    await expect.poll(sources).toEqual(['camera', 'mic']);
    await plays(running);
  });

  test('is the peer that was asked for', async () => {
    encoder('one', 'eva');
    encoder('one', 'emil');
    await published('one', 4);
    await plays(player('wrtc', 'one', '?peer=emil'));
    const viewer = server.app.rooms.find('one')?.membersOf('viewer-wrtc')[0];
    expect([...(viewer?.receiver?.subscribed ?? [])].map(({ userId }) => userId)).toEqual(['emil', 'emil']);
  });
});

test('[P3] a host sees the player, and removes it', async () => {
  const hanna = await RawClient.join(
    server,
    tokenOf({ room: 'removal', user_id: 'hanna', user_type: 'host' }),
  );
  onTestFinished(() => hanna.close());
  const answer = await post(
    tokenOf({ room: 'removal', user_id: 'vera', user_type: 'viewer' }),
    readOffer('play-chromium.sdp'),
  );
  expect(answer.status).toBe(201);
  const { peer } = await hanna.next('peerJoined');
  expect(peer).toMatchObject({ userId: 'vera', userType: 'viewer' });
  await hanna.request('removePeer', { peerId: peer.id });
  expect((await hanna.next('peerLeft')).reason).toBe('removed');
  const gone = await fetch(`${server.url}${answer.headers.get('location')}`, { method: 'DELETE' });
  expect(gone.status).toBe(404);
});

describe('[P4] a refusal', () => {
  const offer = readOffer('play-chromium.sdp');

  test('without the grant to receive is forbidden', async () => {
    const token = tokenOf({ room: 'no', user_id: 'vera', user_type: 'guest', grants: ['publish:camera'] });
    expect(await problem(await post(token, offer))).toEqual([403, 'forbidden']);
  });

  test('of an offer that receives nothing is invalid_media', async () => {
    const token = tokenOf({ room: 'no', user_id: 'vera', user_type: 'viewer' });
    expect(await problem(await post(token, readOffer('publish-chromium.sdp')))).toEqual([
      400,
      'invalid_media',
    ]);
  });

  test('of a source that there is not is invalid_params', async () => {
    const token = tokenOf({ room: 'no', user_id: 'vera', user_type: 'viewer' });
    expect(await problem(await post(token, offer, '?source=moon'))).toEqual([400, 'invalid_params']);
  });
});

test('[P5] the payload types of the answer are those of the offer', async () => {
  const token = tokenOf({ room: 'types', user_id: 'vera', user_type: 'viewer' });
  const answer = await (await post(token, readOffer('play-chromium.sdp'))).text();
  expect(answer).toContain('a=rtpmap:111 opus/48000/2');
  expect(answer).toContain('a=rtpmap:96 VP8/90000');
});

test('[P6] it ends by DELETE, and ICE restarts by PATCH', async () => {
  const token = tokenOf({ room: 'end', user_id: 'vera', user_type: 'viewer' });
  const answer = await post(token, readOffer('play-chromium.sdp'));
  const address = `${server.url}${answer.headers.get('location')}`;
  const authorization = `Bearer ${token}`;
  const restarted = await fetch(address, {
    method: 'PATCH',
    headers: { authorization, 'if-match': '*', 'content-type': 'application/trickle-ice-sdpfrag' },
    body: 'a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n',
  });
  expect([restarted.status, restarted.headers.get('etag')]).not.toEqual([200, answer.headers.get('etag')]);
  expect(restarted.status).toBe(200);
  expect((await fetch(address, { method: 'DELETE', headers: { authorization } })).status).toBe(200);
  await expect.poll(() => server.app.rooms.find('end')).toBeUndefined();
});
