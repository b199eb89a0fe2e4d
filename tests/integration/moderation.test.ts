/** What hosts do to peers (PROTOCOL.md, rules A1 to A8), over real sockets and a real worker. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Method, ParamsIn } from '../../src/protocol/methods.ts';
import { knock, socketTo, ticketOf, tokenOf, upgradeCode } from '../support/door.ts';
import { rtpCapabilities, track } from '../support/media.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
const open: RawClient[] = [];

beforeAll(async () => {
  server = await startServer({ SESSION_GRACE: '30' });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});
afterAll(() => server.close());

async function joins(room: string, user_id: string, user_type = 'guest'): Promise<RawClient> {
  const client = await RawClient.join(server, tokenOf({ room, user_id, user_type }));
  open.push(client);
  return client;
}

/** A host, a guest and one who looks on. */
async function meeting(room = randomUUID()) {
  const host = await joins(room, 'hanna', 'host');
  const guest = await joins(room, 'gus');
  const witness = await joins(room, 'wim', 'viewer');
  return { room, host, guest, witness };
}

/** Each act, with parameters that a host could use. */
const acts = (peerId: string, userId: string) =>
  ({
    muteSource: { peerId, source: 'mic', mode: 'hard' },
    allowSource: { peerId, source: 'mic' },
    stopSource: { peerId, source: 'mic' },
    lowerHand: { peerId },
    lowerAllHands: {},
    setUserType: { peerId, userType: 'viewer' },
    setLocked: { locked: true },
    setLobby: { lobby: true },
    admitWaiting: { id: 'x' },
    refuseWaiting: { id: 'x' },
    removePeer: { peerId },
    banUser: { userId },
    unbanUser: { userId },
    listBans: {},
    endRoom: {},
  }) as const satisfies { [M in Method]?: ParamsIn<M> };

type Act = keyof ReturnType<typeof acts>;
const ACTS = Object.keys(acts('', '')) as Act[];

/** Asks for an act, whatever its parameters are. */
function ask(client: RawClient, act: Act, params: unknown): Promise<unknown> {
  return client.request(act, params as ParamsIn<Act>);
}

describe('every act', () => {
  test.each(ACTS)('%s is forbidden without the grant, and changes nothing', async (act) => {
    const { host, guest, witness } = await meeting();
    const mic = track('mic');
    await guest.request('produce', mic);
    await guest.request('setHandRaised', { raised: true });
    await Promise.all([witness.next('peerUpdated'), witness.next('consumerOpened')]);
    const told = witness.told.length;
    expect(await refusal(ask(guest, act, acts(host.id, 'hanna')[act]))).toBe('forbidden');
    expect(await refusal(ask(guest, act, acts(guest.id, 'gus')[act]))).toBe('forbidden');
    expect(await refusal(ask(witness, act, acts(guest.id, 'gus')[act]))).toBe('forbidden');
    await Promise.all([host.settled(), witness.settled()]);
    expect(witness.told).toHaveLength(told);
    await guest.request('pauseProducer', { id: mic.id });
    await guest.request('resumeProducer', { id: mic.id });
  });

  test.each(ACTS)('%s needs a join', async (act) => {
    const early = await RawClient.open(
      server,
      tokenOf({ room: randomUUID(), user_id: 'e', user_type: 'host' }),
    );
    open.push(early);
    expect(await refusal(ask(early, act, acts('p', 'u')[act]))).toBe('not_joined');
  });

  test.each([
    ['muteSource', { peerId: 'p', source: 'smell', mode: 'hard' }],
    ['muteSource', { peerId: 'p', source: 'mic', mode: 'very hard' }],
    ['muteSource', { source: 'mic', mode: 'hard' }],
    ['allowSource', { peerId: 1, source: 'mic' }],
    ['stopSource', { peerId: 'x'.repeat(65), source: 'mic' }],
    ['lowerHand', {}],
    ['setUserType', { peerId: 'p', userType: 'agent' }],
    ['setUserType', { peerId: 'p', userType: 'emperor' }],
    ['setLocked', { locked: 'yes' }],
    ['setLobby', {}],
    ['admitWaiting', {}],
    ['refuseWaiting', { id: null }],
    ['removePeer', { userId: 'gus' }],
    ['banUser', { userId: '' }],
    ['unbanUser', { userId: 'a\u0000b' }],
  ] as const)('%s refuses %j', async (act, params) => {
    const host = await joins(randomUUID(), 'hanna', 'host');
    expect(await refusal(ask(host, act, params))).toBe('invalid_params');
  });

  test('[A6] concerns the own room alone', async () => {
    const { guest } = await meeting();
    const stranger = await joins(randomUUID(), 'stranger', 'host');
    for (const act of [
      'muteSource',
      'allowSource',
      'stopSource',
      'lowerHand',
      'setUserType',
      'removePeer',
    ] as const) {
      expect(await refusal(ask(stranger, act, acts(guest.id, 'gus')[act]))).toBe('not_found');
    }
    for (const act of ['admitWaiting', 'refuseWaiting', 'unbanUser'] as const) {
      expect(await refusal(ask(stranger, act, acts(guest.id, 'gus')[act]))).toBe('not_found');
    }
    await stranger.request('banUser', { userId: 'gus' });
    await stranger.request('endRoom', {});
    await guest.settled();
  });

  test('[A1] a host by token is out of the reach of hosts, one made by a host is not', async () => {
    const { room, host, guest } = await meeting();
    const other = await joins(room, 'henry', 'host');
    await host.request('setUserType', { peerId: guest.id, userType: 'host' });
    for (const act of ['muteSource', 'setUserType', 'removePeer', 'banUser'] as const) {
      expect(await refusal(ask(host, act, acts(other.id, 'henry')[act]))).toBe('forbidden');
      expect(await refusal(ask(guest, act, acts(other.id, 'henry')[act]))).toBe('forbidden');
    }
    for (const act of ['removePeer', 'banUser'] as const) {
      expect(await refusal(ask(host, act, acts(host.id, 'hanna')[act]))).toBe('forbidden');
    }
    await host.request('muteSource', { peerId: other.id, source: 'mic', mode: 'soft' });
    await other.request('setUserType', { peerId: other.id, userType: 'guest' });
    expect(await refusal(other.request('lowerAllHands', {}))).toBe('forbidden');
    await host.request('setUserType', { peerId: guest.id, userType: 'guest' });
    expect(await refusal(guest.request('lowerAllHands', {}))).toBe('forbidden');
  });
});

describe('[A2] [A3] a mute', () => {
  test('that is soft pauses, and its peer may resume', async () => {
    const { host, guest, witness } = await meeting();
    const mic = track('mic');
    await guest.request('produce', mic);
    await host.request('muteSource', { peerId: guest.id, source: 'mic', mode: 'soft' });
    const fact = { peerId: guest.id, source: 'mic', mode: 'soft', by: host.id };
    for (const client of [host, guest, witness]) expect(await client.next('sourceMuted')).toEqual(fact);
    expect(await witness.next('producerPaused')).toEqual({ peerId: guest.id, producerId: mic.id });
    await guest.request('resumeProducer', { id: mic.id });
    await witness.next('producerResumed');
  });

  test('that is hard holds until a host allows the source, and others see it', async () => {
    const { host, guest, witness } = await meeting();
    const [mic, camera] = [track('mic'), track('camera')];
    await guest.request('produce', mic);
    await guest.request('produce', camera);
    await host.request('muteSource', { peerId: guest.id, source: 'mic', mode: 'hard' });
    await witness.next('producerPaused', ({ producerId }) => producerId === mic.id);
    expect(await refusal(guest.request('resumeProducer', { id: mic.id }))).toBe('muted_by_host');
    expect(await refusal(guest.request('produce', track('mic')))).toBe('muted_by_host');
    const second = { ...track('mic'), paused: true };
    await guest.request('produce', second);
    expect(await refusal(guest.request('resumeProducer', { id: second.id }))).toBe('muted_by_host');
    await guest.request('pauseProducer', { id: camera.id });
    await guest.request('resumeProducer', { id: camera.id });
    expect(guest.all('sourceAllowed')).toEqual([]);

    await host.request('allowSource', { peerId: guest.id, source: 'mic' });
    expect(await guest.next('sourceAllowed')).toEqual({ peerId: guest.id, source: 'mic', by: host.id });
    await witness.settled();
    expect(witness.all('producerResumed').map(({ producerId }) => producerId)).toEqual([camera.id]);
    await guest.request('resumeProducer', { id: mic.id });
    await host.request('allowSource', { peerId: guest.id, source: 'mic' });
    await witness.settled();
    expect(witness.all('sourceAllowed')).toHaveLength(1);
  });

  test('that is hard is not undone by coming again, and is there for who comes later', async () => {
    const { room, host, guest } = await meeting();
    await host.request('muteSource', { peerId: guest.id, source: 'camera', mode: 'hard' });
    await guest.close();
    const again = await RawClient.open(server, tokenOf({ room, user_id: 'gus' }));
    open.push(again);
    expect((await again.joinRoom()).room.mutedSources).toEqual(['camera']);
    expect(await refusal(again.request('produce', track('camera')))).toBe('muted_by_host');
    await again.request('produce', track('mic'));
    const late = await RawClient.open(server, tokenOf({ room, user_id: 'late' }));
    open.push(late);
    const { peers, room: found } = await late.joinRoom();
    expect(peers.find(({ id }) => id === again.id)?.mutedSources).toEqual(['camera']);
    expect(found.mutedSources).toEqual([]);
  });

  test('that comes while the peer produces or resumes is stronger', async () => {
    const { host, guest, witness } = await meeting();
    const mic = { ...track('mic'), paused: true };
    await guest.request('produce', mic);
    const camera = track('camera');
    await Promise.allSettled([
      guest.request('resumeProducer', { id: mic.id }),
      host.request('muteSource', { peerId: guest.id, source: 'mic', mode: 'hard' }),
      guest.request('produce', camera),
      host.request('muteSource', { peerId: guest.id, source: 'camera', mode: 'hard' }),
    ]);
    await Promise.all([guest.settled(), host.settled(), witness.settled()]);
    const { producers = [] } = server.app.rooms.find(host.welcome.room)?.member(guest.id).info() ?? {};
    expect(producers.map(({ paused }) => paused)).toEqual(producers.map(() => true));
    const last = witness.told.findLast(({ event }) => /^producer(Paused|Resumed)$/.test(event));
    expect(last?.event).not.toBe('producerResumed');
  });
});

test('[A4] a source that is stopped is closed, and may be published anew', async () => {
  const { host, guest, witness } = await meeting();
  const [first, second, camera] = [track('mic'), track('mic'), track('camera')];
  for (const one of [first, second, camera]) await guest.request('produce', one);
  await host.request('stopSource', { peerId: guest.id, source: 'mic' });
  expect(await guest.next('sourceStopped')).toEqual({ peerId: guest.id, source: 'mic', by: host.id });
  await witness.next('producerClosed', ({ producerId }) => producerId === second.id);
  expect(witness.all('producerClosed')).toHaveLength(2);
  expect(await refusal(guest.request('resumeProducer', { id: first.id }))).toBe('not_found');
  await guest.request('pauseProducer', { id: camera.id });
  await guest.request('produce', track('mic'));
});

test('[A5] hands are lowered, one or all, and nothing is told where none is up', async () => {
  const { host, guest, witness } = await meeting();
  await host.request('lowerAllHands', {});
  for (const client of [host, guest, witness]) await client.request('setHandRaised', { raised: true });
  await host.request('lowerHand', { peerId: witness.id });
  expect(await witness.next('handsLowered')).toEqual({ peerIds: [witness.id], by: host.id });
  await host.request('lowerHand', { peerId: witness.id });
  await host.request('lowerAllHands', {});
  const all = await guest.next('handsLowered', ({ peerIds }) => peerIds.length === 2);
  expect(all.peerIds).toEqual([host.id, guest.id]);
  await guest.next('peerUpdated', ({ peerId, handRaisedAt }) => peerId === host.id && handRaisedAt === null);
  expect(guest.all('handsLowered')).toHaveLength(2);
});

describe('[A7] another type', () => {
  test('takes at once what it does not allow: producers, consumers and data channels', async () => {
    const { host, guest, witness } = await meeting();
    await host.request('produce', track('camera'));
    const { consumer } = await guest.next('consumerOpened');
    for (const one of [track('mic'), track('camera')]) await guest.request('produce', one);
    await guest.request('produceData', { id: randomUUID(), reliability: 'reliable', streamId: 0 });
    await host.next('dataConsumerOpened');
    await host.request('setUserType', { peerId: guest.id, userType: 'viewer' });
    expect(await guest.next('grantsChanged')).toEqual({ userType: 'viewer', grants: ['subscribe', 'chat'] });
    await witness.next('peerUpdated', ({ peerId, userType }) => peerId === guest.id && userType === 'viewer');
    await host.next('dataProducerClosed');
    await witness.settled();
    expect(witness.all('producerClosed')).toHaveLength(2);
    expect(await refusal(guest.request('produce', track('mic')))).toBe('forbidden');
    await guest.request('resumeConsumers', { ids: [consumer.id] });
  });

  test('gives what it allows: data channels that are there are offered, and who waits is told', async () => {
    const { room, host, witness } = await meeting();
    const channel = { id: randomUUID(), reliability: 'reliable', streamId: 0 } as const;
    await host.request('produceData', channel);
    await host.request('setLobby', { lobby: true });
    open.push(await knock(server, tokenOf({ room, user_id: 'wanda' })));
    expect(await refusal(witness.request('produce', track('screen')))).toBe('forbidden');
    await host.request('setUserType', { peerId: witness.id, userType: 'host' });
    expect((await witness.next('grantsChanged')).grants).toContain('moderate');
    expect((await witness.next('dataConsumerOpened')).dataConsumer.dataProducerId).toBe(channel.id);
    expect((await witness.next('waitingJoined')).waiting.userId).toBe('wanda');
    await witness.request('produce', track('screen'));
    await witness.request('lowerAllHands', {});
    await host.request('setUserType', { peerId: witness.id, userType: 'host' });
    await witness.settled();
    expect(witness.all('grantsChanged')).toHaveLength(1);
  });

  test('never gives more than the token is narrowed to, and ends with the session', async () => {
    const room = randomUUID();
    const host = await joins(room, 'hanna', 'host');
    const subject = { room, user_id: 'narrow', grants: ['chat', 'publish:mic'] };
    const token = tokenOf(subject);
    const narrow = await RawClient.join(server, token);
    open.push(narrow);
    await host.request('setUserType', { peerId: narrow.id, userType: 'host' });
    expect((await narrow.next('grantsChanged')).grants).toEqual(['publish:mic', 'chat']);
    expect(await refusal(narrow.request('endRoom', {}))).toBe('forbidden');
    const again = await RawClient.join(server, token);
    open.push(again);
    expect(again.welcome.user.type).toBe('guest');
  });

  test('reaches what is on its way', async () => {
    const { host, guest, witness } = await meeting();
    const camera = track('camera');
    await Promise.allSettled([
      guest.request('produce', camera),
      host.request('setUserType', { peerId: guest.id, userType: 'viewer' }),
      host.request('produce', track('mic')),
    ]);
    await Promise.all([guest.settled(), host.settled(), witness.settled()]);
    const member = server.app.rooms.find(host.welcome.room)?.member(guest.id);
    expect([...(member?.publications ?? ['none'])]).toEqual([]);
  });
});

describe('[A8] a lock', () => {
  test('keeps all but hosts out, also those at the door; those inside stay and may resume', async () => {
    const { room, host, guest, witness } = await meeting();
    const early = await RawClient.open(server, tokenOf({ room, user_id: 'early' }));
    open.push(early);
    await host.request('setLocked', { locked: true });
    expect(await guest.next('roomUpdated')).toEqual({ locked: true, by: host.id });
    expect(await refusal(early.joinRoom())).toBe('room_locked');
    const late = new RawClient(socketTo(server, tokenOf({ room, user_id: 'late' })));
    expect(await late.closed).toEqual({ close: 4423, reason: 'room_locked' });
    const second = await joins(room, 'henry', 'host');
    expect(second.welcome.room).toBe(room);
    await guest.cutOff();
    await guest.resume(server, tokenOf({ room, user_id: 'gus' }));
    await witness.next('peerUpdated', ({ reconnecting }) => reconnecting === false);
    await host.request('setLocked', { locked: false });
    expect((await early.request('join', { rtpCapabilities })).room.locked).toBe(false);
  });

  test('ends with the room', async () => {
    const { room, host, guest, witness } = await meeting();
    await host.request('setLocked', { locked: true });
    await Promise.all([host, guest, witness].map((client) => client.request('leave', {})));
    await Promise.all([host, guest, witness].map((client) => client.closed));
    expect((await joins(room, 'later')).welcome.room).toBe(room);
  });
});

describe('backends and the operator', () => {
  test('[A1] reach everybody, and are told as nobody of the room', async () => {
    const { moderation } = server.app;
    const { room, host, guest } = await meeting();
    const backend = { kind: 'backend', name: 'billing' } as const;
    await host.request('produce', track('mic'));
    await moderation.muteSource(backend, room, { peerId: host.id, source: 'mic', mode: 'hard' });
    expect(await guest.next('sourceMuted')).toMatchObject({ peerId: host.id, by: null });
    moderation.setUserType(backend, room, { peerId: host.id, userType: 'guest' });
    expect(await refusal(host.request('lowerAllHands', {}))).toBe('forbidden');
    await moderation.removeUser({ kind: 'operator' }, room, 'hanna');
    expect(await host.closed).toEqual({ close: 4403, reason: 'removed' });
    const actors = server.log
      .filter((line) => line.audit === true && line.room === room && line.actor)
      .map(({ actor }) => actor);
    expect(actors).toEqual(['backend:billing', 'backend:billing', 'operator']);
  });

  test('act on a room that nobody is in, where that has a meaning', async () => {
    const { moderation } = server.app;
    const room = randomUUID();
    const operator = { kind: 'operator' } as const;
    const anns = tokenOf({ room, user_id: 'ann' }); // from before she is removed
    await moderation.setLobby(operator, room, true);
    await moderation.banUser(operator, room, 'eve');
    await moderation.removeUser(operator, room, 'ann');
    const [wanda, walt] = await Promise.all(
      ['wanda', 'walt'].map((user_id) => knock(server, tokenOf({ room, user_id }))),
    );
    const ids = server.app.moderation.waiting(room).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(() => moderation.lowerAllHands(operator, room)).toThrow('nobody is in this room');
    for (const id of ids) moderation.admitWaiting(operator, room, id);
    await Promise.all([wanda?.next('welcome'), walt?.next('welcome')]);
    expect(await upgradeCode(server, tokenOf({ room, user_id: 'eve' }, 4))).toBe('banned');
    expect(await upgradeCode(server, anns)).toBe('token_revoked');
    await moderation.endRoom(operator, room);
    expect((await wanda?.closed)?.reason).toBe('room_ended');
  });
});

test('[A6] what is so already is told to nobody', async () => {
  const { host, guest, witness } = await meeting();
  await host.request('setLocked', { locked: false });
  await host.request('setLobby', { lobby: false });
  for (const locked of [true, true, false]) await host.request('setLocked', { locked });
  for (let n = 0; n < 2; n++) {
    await host.request('muteSource', { peerId: guest.id, source: 'mic', mode: 'hard' });
    await host.request('setUserType', { peerId: guest.id, userType: 'viewer' });
  }
  await witness.settled();
  expect(witness.all('roomUpdated').map(({ locked }) => locked)).toEqual([true, false]);
  expect(witness.all('sourceMuted')).toHaveLength(1);
  expect(witness.all('peerUpdated')).toHaveLength(1);
});

test('an act on a peer that is on its way out is answered, and a peer that lies about its id gets nowhere', async () => {
  const { room, host, guest } = await meeting();
  await guest.request('produce', track('mic'));
  const [, ...outcomes] = await Promise.allSettled([
    guest.request('leave', {}),
    host.request('muteSource', { peerId: guest.id, source: 'mic', mode: 'hard' }),
    host.request('stopSource', { peerId: guest.id, source: 'mic' }),
    host.request('setUserType', { peerId: guest.id, userType: 'viewer' }),
  ]);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason.code).toBe('not_found');
  }
  await guest.closed;
  const liar = await joins(room, 'liar');
  expect(
    await refusal(liar.ask({ id: 900, method: 'removePeer', params: { peerId: host.id, by: host.id } })),
  ).toBe('forbidden');
  const spoofed = { method: 'setHandRaised', params: { raised: true, userId: 'hanna', peerId: host.id } };
  await liar.ask({ id: 901, ...spoofed });
  expect((await host.next('peerUpdated', ({ handRaisedAt }) => handRaisedAt !== undefined)).peerId).toBe(
    liar.id,
  );
  expect(await upgradeCode(server, tokenOf({ room, user_id: 'liar' }), ticketOf(host))).toBe(
    'resume_refused',
  );
});
