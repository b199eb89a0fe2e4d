/** How a peer stands in its room, as the events of the server tell it. */
import { expect, test } from 'vitest';
import type { RemotePeer } from '../../../src/client/remote-peer.ts';
import { Standing } from '../../../src/client/standing.ts';

const hanna = { id: 'p-hanna', name: 'Hanna' } as RemotePeer;
const user = { id: 'w1', userId: 'wanda', name: 'Wanda', userType: 'guest', since: 1 };

/** A standing of the peer `me`, beside Hanna, and what it told. */
function open() {
  const told: unknown[][] = [];
  const standing = new Standing({
    tell: (event, ...args) => {
      told.push([event, ...args]);
    },
    ownId: () => 'me',
    peer: (id) => (id === hanna.id ? hanna : undefined),
  });
  return { standing, told };
}

test('a room as it is found', () => {
  const { standing, told } = open();
  standing.welcome({ user: { type: 'host' }, grants: ['chat', 'moderate'] });
  standing.mutedSources.add('camera');
  standing.reset({
    locked: true,
    lobby: true,
    mutedSources: ['mic'],
    published: [],
    handRaised: false,
    metadata: {},
    audible: null,
    watchers: 0,
    waiting: [user],
  });
  expect(standing).toMatchObject({ locked: true, lobby: true, userType: 'host' });
  expect([...standing.mutedSources]).toEqual(['mic']);
  expect([...standing.waiting.values()]).toEqual([user]);
  expect(standing.grants.has('moderate')).toBe(true);
  expect(told).toEqual([
    ['roomUpdated', { by: undefined }],
    ['waitingJoined', user],
  ]);
});

test('who waits is told as it changed, where the room is found again', () => {
  const { standing, told } = open();
  const room = {
    locked: false,
    lobby: true,
    mutedSources: [],
    published: [],
    handRaised: false,
    audible: null,
    watchers: 0,
    metadata: {},
  };
  const other = { ...user, id: 'w2' };
  standing.reset({ ...room, waiting: [user] });
  told.length = 0;
  standing.reset({ ...room, waiting: [user] });
  standing.reset({ ...room, waiting: [other] });
  expect(told.filter(([event]) => event !== 'roomUpdated')).toEqual([
    ['waitingLeft', user, 'left'],
    ['waitingJoined', other],
  ]);
});

test('a change of the room is told with what has changed, and who did it', () => {
  const { standing, told } = open();
  standing.apply({ event: 'roomUpdated', data: { locked: true, by: hanna.id } });
  standing.apply({ event: 'roomUpdated', data: { lobby: true, by: null } });
  expect(standing).toMatchObject({ locked: true, lobby: true });
  expect(told).toEqual([
    ['roomUpdated', { locked: true, by: hanna }],
    ['roomUpdated', { lobby: true, by: undefined }],
  ]);
});

test('only a hard mute of this peer stays, until it is allowed', () => {
  const { standing, told } = open();
  const act = { source: 'mic', by: hanna.id } as const;
  standing.apply({ event: 'sourceMuted', data: { ...act, peerId: 'me', mode: 'soft' } });
  standing.apply({ event: 'sourceMuted', data: { ...act, peerId: hanna.id, mode: 'hard', by: 'gone' } });
  expect(standing.mutedSources.size).toBe(0);
  standing.apply({ event: 'sourceMuted', data: { ...act, peerId: 'me', mode: 'hard' } });
  expect([...standing.mutedSources]).toEqual(['mic']);
  standing.apply({ event: 'sourceAllowed', data: { ...act, peerId: 'me' } });
  expect(standing.mutedSources.size).toBe(0);
  expect(told).toEqual([
    ['sourceMuted', { self: true, peer: undefined, source: 'mic', mode: 'soft', by: hanna }],
    ['sourceMuted', { self: false, peer: hanna, source: 'mic', mode: 'hard', by: undefined }],
    ['sourceMuted', { self: true, peer: undefined, source: 'mic', mode: 'hard', by: hanna }],
    ['sourceAllowed', { self: true, peer: undefined, source: 'mic', by: hanna }],
  ]);
});

test('those who wait come once and go once, and are nobody’s business without the grant', () => {
  const { standing, told } = open();
  standing.welcome({ user: { type: 'host' }, grants: ['moderate'] });
  for (let n = 0; n < 2; n++) standing.apply({ event: 'waitingJoined', data: { waiting: user } });
  for (let n = 0; n < 2; n++) {
    standing.apply({ event: 'waitingLeft', data: { id: user.id, reason: 'admitted' } });
  }
  expect(told).toEqual([
    ['waitingJoined', user],
    ['waitingLeft', user, 'admitted'],
  ]);
  standing.apply({ event: 'waitingJoined', data: { waiting: user } });
  standing.apply({ event: 'grantsChanged', data: { userType: 'guest', grants: ['chat'] } });
  expect(standing.waiting.size).toBe(0);
  expect(told.at(-1)).toEqual(['waitingLeft', user, 'left']);
  expect(standing.userType).toBe('guest');
  expect(standing.grants.has('moderate')).toBe(false);
});

test('grants are told when they change, and not with each token that says the same', () => {
  const { standing, told } = open();
  standing.welcome({ user: { type: 'guest' }, grants: ['chat', 'data'] });
  standing.apply({ event: 'grantsChanged', data: { userType: 'guest', grants: ['data', 'chat'] } });
  expect(told).toEqual([]);
  standing.apply({ event: 'grantsChanged', data: { userType: 'guest', grants: ['chat'] } });
  standing.apply({ event: 'grantsChanged', data: { userType: 'viewer', grants: ['chat'] } });
  expect(told).toEqual([
    ['grantsChanged', { userType: 'guest', grants: new Set(['chat']) }],
    ['grantsChanged', { userType: 'viewer', grants: new Set(['chat']) }],
  ]);
});

test('a hand that was lowered is told whose it was', () => {
  const { standing, told } = open();
  standing.apply({ event: 'handsLowered', data: { peerIds: ['me', 'p2'], by: null } });
  standing.apply({ event: 'handsLowered', data: { peerIds: ['p2'], by: hanna.id } });
  expect(told).toEqual([
    ['handsLowered', { self: true, by: undefined }],
    ['handsLowered', { self: false, by: hanna }],
  ]);
});
