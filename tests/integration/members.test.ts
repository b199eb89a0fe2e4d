/** A member of another kind than a browser's peer comes in by the same way, and is moderated like any other. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTokenVerifier } from '../../src/auth/tokens.ts';
import type { RoomFact } from '../../src/rooms/facts.ts';
import type { Place, Visitor } from '../../src/rooms/rooms.ts';
import { AudioMember } from '../support/audio-member.ts';
import { tokenOf } from '../support/door.ts';
import { RawClient } from '../support/raw-client.ts';
import { SECRET, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ MEDIA_WORKERS: '1' });
});
afterAll(() => server.close());

const tokens = createTokenVerifier({ secret: SECRET, maxTtlSeconds: 3600, clockToleranceSeconds: 5 });

function enter(room: string, changes: Partial<Visitor<AudioMember>> = {}): Promise<Place<AudioMember>> {
  const identity = tokens.verify(tokenOf({ room, user_id: 'radio', user_type: 'presenter' }));
  return server.app.rooms.enter({
    identity,
    onWaiting: () => {},
    onClosed: () => {},
    signal: new AbortController().signal,
    createMember: (at) => AudioMember.open(identity, at),
    ...changes,
  });
}

const host = (room: string) => RawClient.join(server, tokenOf({ room, user_id: 'hanna', user_type: 'host' }));

test('it joins, is heard, muted and allowed, survives the death of a worker, and is removed', async () => {
  const hanna = await host('radio');
  const facts: RoomFact[] = [];
  server.app.rooms.on('fact', (fact) => facts.push(fact));
  const closed = Promise.withResolvers<string>();
  const { member, room } = await enter('radio', { onClosed: closed.resolve });
  room.admit(member);
  const { peer } = await hanna.next('peerJoined');
  expect(peer).toMatchObject({ id: member.id, userId: 'radio', userType: 'presenter' });
  await member.publish();
  await hanna.next('consumerOpened', ({ consumer }) => consumer.peerId === member.id);

  await hanna.request('muteSource', { peerId: member.id, source: 'mic', mode: 'hard' });
  await hanna.next('producerPaused', ({ peerId }) => peerId === member.id);
  expect(member.told).toContain('sourceMuted');
  await hanna.request('allowSource', { peerId: member.id, source: 'mic' });

  process.kill(server.app.workers.pids()[0] ?? 0, 'SIGKILL');
  const reset = await hanna.next('mediaReset');
  await hanna.request('restoreMedia', { transportId: reset.recv.id });
  await hanna.next('producerOpened', () => hanna.all('producerOpened').length === 2);

  await hanna.request('setUserType', { peerId: member.id, userType: 'viewer' });
  await hanna.next('producerClosed', ({ peerId }) => peerId === member.id);
  await hanna.request('removePeer', { peerId: member.id });
  expect(await closed.promise).toBe('removed');
  await expect(enter('radio')).rejects.toMatchObject({ code: 'token_revoked' });
  expect(facts.map(({ kind }) => kind)).toEqual([
    'member-joined',
    'published',
    'unpublished',
    'published',
    'unpublished',
    'member-left',
  ]);
  expect(facts.at(-1)).toMatchObject({ reason: 'removed', member: { userId: 'radio' } });
  await hanna.close();
});

test('it waits in the lobby, and a lock keeps it out', async () => {
  const hanna = await host('lobby');
  await hanna.request('setLobby', { lobby: true });
  let waits = false;
  const entering = enter('lobby', {
    onWaiting: () => {
      waits = true;
    },
  });
  const { waiting } = await hanna.next('waitingJoined');
  expect([waits, waiting.userId]).toEqual([true, 'radio']);
  await hanna.request('admitWaiting', { id: waiting.id });
  const { member, room } = await entering;
  await hanna.request('setLocked', { locked: true });
  expect(() => room.admit(member)).toThrow(expect.objectContaining({ code: 'room_locked' }));
  await expect(enter('lobby')).rejects.toMatchObject({ code: 'room_locked' });
  member.close('left');
  await hanna.close();
});
