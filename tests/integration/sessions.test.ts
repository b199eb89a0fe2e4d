/** Sessions outlive their sockets (PROTOCOL.md, rules S), and rooms their media (rule M9). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { EventData } from '../../src/protocol/events.ts';
import { Peer } from '../../src/rooms/peer.ts';
import { fingerprints, rtpCapabilities, track } from '../support/media.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ SESSION_EVENTS: '20', SESSION_GRACE: '30', MESSAGE_BURST: '1000' });
});
afterAll(() => server.close());

/** Joins as somebody; `as` is the token that it came with. */
async function joins(room: string, user_id: string, on = server) {
  const as = on.token({ user_id, room, user_type: 'host' });
  return { client: await RawClient.join(on, as), as };
}

describe('[S1] a peer whose socket is cut off', () => {
  test('is kept, and the others see it as reconnecting until it is back', async () => {
    const { client: ann } = await joins('kept', 'ann');
    const { client: bob, as } = await joins('kept', 'bob');
    await bob.cutOff();
    await ann.next('peerUpdated', ({ peerId, reconnecting }) => peerId === bob.id && reconnecting === true);
    const { client: eve } = await joins('kept', 'eve');
    await eve.settled();
    await bob.resume(server, as);
    await ann.next('peerUpdated', ({ peerId, reconnecting }) => peerId === bob.id && reconnecting === false);
    expect(ann.all('peerLeft')).toEqual([]);
    expect(bob.find('peerJoined').peer.id).toBe(eve.id);
  });

  test('leaves when the grace time is over', async () => {
    const short = await startServer({ SESSION_GRACE: '1' });
    const { client: ann } = await joins('grace', 'ann', short);
    const { client: bob, as } = await joins('grace', 'bob', short);
    await bob.cutOff();
    expect(await ann.next('peerLeft')).toEqual({ peerId: bob.id, reason: 'connection_lost' });
    const again = new RawClient(comeBack(bob, as, short));
    expect((await again.next('welcome')).peerId).not.toBe(bob.id);
    await short.close();
  });

  test('is not kept without a grace time, before it has joined, or when it goes on purpose', async () => {
    const none = await startServer({ SESSION_GRACE: '0' });
    const { client: ann } = await joins('gone', 'ann', none);
    const { client: bob } = await joins('gone', 'bob', none);
    await bob.cutOff();
    await ann.next('peerLeft', ({ peerId }) => peerId === bob.id);
    await ann.close();
    await none.close();

    const waiting = await RawClient.open(server, server.token({ room: 'gone' }));
    await waiting.cutOff();
    const { client: eve } = await joins('gone', 'eve');
    await eve.close();
    await expect.poll(() => server.app.rooms.find('gone')).toBeUndefined(); // it ends with its last session
  });
});

describe('[S2] a client that comes back', () => {
  test('gets what it missed, in order and once', async () => {
    const { client: ann } = await joins('missed', 'ann');
    const { client: bob, as } = await joins('missed', 'bob');
    await bob.cutOff();
    for (const text of ['one', 'two', 'three']) await ann.request('chat', { text });
    await bob.resume(server, as);
    await ann.request('chat', { text: 'four' });
    await bob.next('chatReceived', ({ text }) => text === 'four');
    expect(bob.all('chatReceived').map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four']);
  });

  test('gets again what got lost on the way to it, and nothing that it has seen', async () => {
    const { client: ann } = await joins('lost', 'ann');
    const { client: bob, as } = await joins('lost', 'bob');
    await ann.request('chat', { text: 'seen' });
    await bob.next('chatReceived');
    await bob.cutOff();
    const seen = bob.told.length;
    await bob.resume(server, as);
    await bob.settled();
    expect(bob.told.slice(seen).filter(({ event }) => event === 'chatReceived')).toEqual([]);
  });

  test('gets the room as it is where it missed more than was kept', async () => {
    const { client: ann } = await joins('much', 'ann');
    const { client: bob, as } = await joins('much', 'bob');
    const camera = track('camera');
    await ann.request('produce', camera);
    await bob.next('consumerOpened');
    await bob.cutOff();
    for (let n = 0; n < 30; n++) await ann.request('chat', { text: String(n) });
    await ann.request('setHandRaised', { raised: true });
    await bob.resume(server, as);
    const [{ snapshot } = {}] = bob.resumptions;
    expect(
      snapshot?.peers.map(({ id, producers }) => [id, producers.map((producer) => producer.id)]),
    ).toEqual([[ann.id, [camera.id]]]);
    expect(snapshot?.peers[0]?.handRaisedAt).toBeTypeOf('number');
    expect(snapshot?.consumers).toEqual([bob.find('consumerOpened').consumer]);
    await ann.request('chat', { text: 'after' });
    await bob.next('chatReceived', ({ text }) => text === 'after');
  });

  test('keeps what it publishes, and may go on with it', async () => {
    const { client: ann } = await joins('publishing', 'ann');
    const { client: bob, as } = await joins('publishing', 'bob');
    const mic = track('mic');
    await bob.request('produce', mic);
    await bob.cutOff();
    await bob.resume(server, as);
    await bob.request('pauseProducer', { id: mic.id });
    await ann.next('producerPaused', ({ producerId }) => producerId === mic.id);
    expect(ann.all('producerClosed')).toEqual([]);
  });
});

describe('[S3] a request that is repeated after a resume', () => {
  test('is answered as it was, and done once', async () => {
    const { client: ann } = await joins('repeated', 'ann');
    const { client: bob, as } = await joins('repeated', 'bob');
    const message = { id: 50, method: 'chat', params: { text: 'once' } };
    const answer = await bob.ask(message);
    await bob.cutOff();
    await bob.resume(server, as);
    expect(await bob.ask(message)).toEqual(answer);
    await ann.request('ping', {});
    expect(ann.all('chatReceived')).toHaveLength(1);
  });

  test('is done where it never arrived, and refused as it was refused', async () => {
    const { client: bob, as } = await joins('never', 'bob');
    const wrong = { id: 60, method: 'closeProducer', params: { id: 'none' } };
    expect(await refusal(bob.ask(wrong))).toBe('not_found');
    await bob.cutOff();
    await bob.resume(server, as);
    expect(await refusal(bob.ask(wrong))).toBe('not_found');
    expect(await bob.ask({ id: 61, method: 'chat', params: { text: 'new' } })).toHaveProperty('at');
  });

  test('is refused where it was answered too long ago', async () => {
    const { client: bob, as } = await joins('long', 'bob');
    for (let id = 100; id < 400; id++) await bob.ask({ id, method: 'ping' });
    await bob.cutOff();
    await bob.resume(server, as);
    expect(await refusal(bob.ask({ id: 100, method: 'ping' }))).toBe('id_taken');
    expect(await bob.ask({ id: 399, method: 'ping' })).toEqual({});
  });

  test('that is still being worked on is answered once, over the new socket', async () => {
    const { client: bob, as } = await joins('working', 'bob');
    const slow = { id: 70, method: 'produce', params: track('camera') };
    bob.ask(slow).catch(() => {}); // its answer goes down with the socket
    bob.socket.terminate();
    await bob.closed;
    await bob.resume(server, as);
    expect(await bob.ask(slow)).toEqual({});
  });
});

describe('[S4] a secret', () => {
  test('of another peer, a guessed one, and one with the token of another user are refused', async () => {
    const { client: ann, as: asAnn } = await joins('secret', 'ann');
    const { client: bob, as: asBob } = await joins('secret', 'bob');
    const other = server.token({ user_id: 'bob', room: 'secret-2' });
    for (const [peerId, secret, token] of [
      [ann.id, bob.welcome.resumeSecret, asAnn],
      [ann.id, 'A'.repeat(43), asAnn],
      [ann.id, ann.welcome.resumeSecret, asBob],
      [bob.id, bob.welcome.resumeSecret, other],
    ] as const) {
      const status = await upgradeStatus(['aq.v1', `bearer.${token}`, `resume.${peerId}.${secret}.1`]);
      expect(status).toBe(403);
    }
    await Promise.all([ann.settled(), bob.settled()]);
  });

  test('of a session that is over begins a new one', async () => {
    const { client: bob, as } = await joins('over', 'bob');
    await bob.close();
    const late = new RawClient(comeBack(bob, as));
    expect((await late.next('welcome')).peerId).not.toBe(bob.id);
    await late.close();
  });

  test('is no peer’s but its own: others are not told of it', async () => {
    const { client: ann } = await joins('told', 'ann');
    const { client: bob } = await joins('told', 'bob');
    await ann.settled();
    expect(JSON.stringify(ann.told)).not.toContain(bob.welcome.resumeSecret);
    expect(JSON.stringify(server.log)).not.toContain(bob.welcome.resumeSecret);
  });
});

describe('[S5] two sockets for one session', () => {
  test('the later one has it, and the earlier one is told so', async () => {
    const { client: ann } = await joins('two', 'ann');
    const { client: bob, as } = await joins('two', 'bob');
    const { closed } = bob;
    await bob.resume(server, as);
    expect(await closed).toMatchObject({ reason: 'resumed_elsewhere' });
    await ann.request('chat', { text: 'hello' });
    await bob.next('chatReceived');
    expect(ann.all('peerUpdated')).toEqual([]);
  });

  test('at once: one of them has it in the end, and nothing is lost or repeated', async () => {
    const { client: ann } = await joins('at-once', 'ann');
    const { client: bob, as } = await joins('at-once', 'bob');
    await bob.cutOff();
    await ann.request('chat', { text: 'meanwhile' });
    const sockets = [comeBack(bob, as), comeBack(bob, as), comeBack(bob, as)];
    const reasons = sockets.map(
      (socket) => new Promise((resolve) => socket.once('close', (_close, reason) => resolve(String(reason)))),
    );
    const first = await Promise.race(reasons);
    expect(first).toBe('resumed_elsewhere');
    await expect
      .poll(() => sockets.filter(({ readyState }) => readyState === WebSocket.OPEN))
      .toHaveLength(1);
    const [left] = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN);
    left?.send(JSON.stringify({ id: 900, method: 'chat', params: { text: 'here' } }));
    await ann.next('chatReceived', ({ text }) => text === 'here');
    expect(ann.all('peerLeft')).toEqual([]);
  });
});

describe('[M9] a worker that dies', () => {
  test('leaves its peers in their rooms, who get new transports', async () => {
    const own = await startServer();
    const { client: ann } = await joins('dead', 'ann', own);
    const { client: bob } = await joins('dead', 'bob', own);
    const camera = track('camera');
    await ann.request('produce', camera);
    await bob.next('consumerOpened');
    for (const pid of own.app.workers.pids()) process.kill(pid, 'SIGKILL');
    const resets = await Promise.all([ann.next('mediaReset'), bob.next('mediaReset')]);
    expect(resets[0].recv.id).not.toBe(ann.welcome.recv.id);
    expect(await refusal(ann.request('produce', track('mic')))).toBe('media_lost');
    const dtls = {
      send: { role: 'client' as const, fingerprints },
      recv: { role: 'client' as const, fingerprints },
    };
    const found = await ann.request('restoreMedia', { ...taking(resets[0]), dtls });
    expect(found.peers.map(({ id, producers }) => [id, producers])).toEqual([[bob.id, []]]);
    await ann.request('produce', { ...camera });
    const { consumers } = await bob.request('restoreMedia', { ...taking(resets[1]), dtls });
    expect(consumers.map(({ producerId }) => producerId)).toEqual([camera.id]);
    const mic = track('mic');
    await bob.request('produce', mic);
    await ann.next('consumerOpened', ({ consumer }) => consumer.producerId === mic.id);
    expect(
      [ann, bob].flatMap((client) => [...client.all('peerLeft'), ...client.all('producerClosed')]),
    ).toEqual([]);
    expect(await refusal(ann.request('restoreMedia', taking(resets[0])))).toBe('media_kept');
    await own.close();
  });

  test('again before its peers have taken the new media', async () => {
    const own = await startServer();
    const { client: ann } = await joins('dead-twice', 'ann', own);
    const kill = () => {
      for (const pid of own.app.workers.pids()) process.kill(pid, 'SIGKILL');
    };
    kill();
    const first = await ann.next('mediaReset');
    kill();
    const second = await ann.next('mediaReset', ({ recv }) => recv.id !== first.recv.id);
    expect(await refusal(ann.request('restoreMedia', taking(first)))).toBe('media_lost');
    await ann.request('restoreMedia', taking(second));
    await ann.request('produce', track('mic'));
    await own.close();
  });

  test('while a peer is away: it finds new transports among what it missed', async () => {
    const own = await startServer();
    const { client: ann, as } = await joins('dead-away', 'ann', own);
    await ann.cutOff();
    for (const pid of own.app.workers.pids()) process.kill(pid, 'SIGKILL');
    const { client: bob } = await joins('dead-away', 'bob', own);
    await ann.resume(own, as);
    await ann.request('restoreMedia', taking(await ann.next('mediaReset')));
    const mic = track('mic');
    await bob.request('produce', mic);
    await ann.next('consumerOpened', ({ consumer }) => consumer.producerId === mic.id);
    await own.close();
  });
});

describe('[S2] a snapshot', () => {
  test('is followed by what the client may do now, and by media that it has not taken yet', async () => {
    const own = await startServer({ SESSION_EVENTS: '0' });
    const { client: ann } = await joins('retold', 'ann', own);
    const { client: bob, as } = await joins('retold', 'bob', own);
    await bob.cutOff();
    await ann.next('peerUpdated', ({ reconnecting }) => reconnecting === true);
    for (const pid of own.app.workers.pids()) process.kill(pid, 'SIGKILL');
    const peer = own.app.rooms.find('retold')?.member(bob.id);
    if (!(peer instanceof Peer)) throw new Error('no peer');
    // His media may be there later than hers.
    await expect.poll(() => peer.roomNow().seq).toBeGreaterThan(bob.lastSeq);
    await bob.resume(own, as);
    expect(bob.resumptions[0]?.snapshot).toBeDefined();
    expect((await bob.next('grantsChanged')).grants).toEqual(bob.welcome.grants);
    await bob.request('restoreMedia', taking(await bob.next('mediaReset')));
    await own.close();
  });
});

describe('[R4] the same user twice in a room', () => {
  test('replace: the earlier peer ends', async () => {
    const own = await startServer({ DUPLICATE_USER: 'replace' });
    const { client: ann } = await joins('twice', 'ann', own);
    const { client: elsewhere } = await joins('elsewhere', 'ann', own);
    const { client: again } = await joins('twice', 'ann', own);
    expect(await ann.closed).toMatchObject({ reason: 'replaced' });
    await Promise.all([again.settled(), elsewhere.settled()]);
    expect(again.all('peerJoined')).toEqual([]);
    await own.close();
  });

  test('reject: the later peer is refused, unless the earlier one has lost its connection', async () => {
    const own = await startServer({ DUPLICATE_USER: 'reject' });
    const { client: ann, as } = await joins('once', 'ann', own);
    const again = await RawClient.open(own, as);
    expect(await refusal(again.joinRoom())).toBe('duplicate_user');
    const { client: eve } = await joins('once', 'eve', own);
    await ann.cutOff();
    await eve.next('peerUpdated', ({ reconnecting }) => reconnecting === true);
    const { peers } = await again.request('join', { rtpCapabilities });
    expect(peers.map(({ id }) => id)).toEqual([eve.id]);
    await own.close();
  });
});

function taking({ recv }: EventData<'mediaReset'>): { transportId: string } {
  return { transportId: recv.id };
}

/** A socket with the secret of a client's session. */
function comeBack(client: RawClient, token: string, to = server): WebSocket {
  const { peerId, resumeSecret } = client.welcome;
  const ticket = `resume.${peerId}.${resumeSecret}.${client.lastSeq}`;
  return new WebSocket(`${to.url.replace('http', 'ws')}/aq_server/websocket`, [
    'aq.v1',
    `bearer.${token}`,
    ticket,
  ]);
}

/** What the server answers to an upgrade that offers these. */
async function upgradeStatus(protocols: string[]): Promise<number | undefined> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/aq_server/websocket`, protocols);
  return await new Promise((resolve) => {
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode);
    });
    socket.once('open', () => resolve(101));
    socket.once('error', () => resolve(undefined));
  });
}
