import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { createIceServers } from '../../../src/auth/ice-servers.ts';
import { loadConfig } from '../../../src/config.ts';

const JWT_SECRET = 'f0e1d2c3b4a5968778695a4b3c2d1e0f';
const urls = ['turn:turn.example.com:3478?transport=udp'];

test('no servers without configuration', () => {
  expect(createIceServers({ stunUrls: [], turn: undefined })('alice')).toEqual([]);
});

test('time-limited credentials begin with their end, and are signed with the secret', () => {
  const now = () => 1_700_000_000_500;
  const turn = { urls, auth: { secret: 'shared', ttlSeconds: 600 } };
  const [server] = createIceServers({ stunUrls: [], turn, now })('alice');
  expect(server).toEqual({
    urls,
    username: '1700000600:alice',
    credential: createHmac('sha1', 'shared').update('1700000600:alice').digest('base64'),
  });
});

test('plain STUN comes first, and static credentials stay as they are', () => {
  const turn = { urls, auth: { username: 'u', credential: 'c' } };
  expect(createIceServers({ stunUrls: ['stun:s:3478'], turn })('alice')).toEqual([
    { urls: ['stun:s:3478'] },
    { urls, username: 'u', credential: 'c' },
  ]);
});

test('the variables', () => {
  const { turn } = loadConfig({
    JWT_SECRET,
    STUN_URLS: 'stun:a:3478',
    TURN_URLS: 'turn:b:3478?transport=udp, turns:c:443?transport=tcp',
    TURN_SECRET: 'shared',
    TURN_TTL: '600',
  });
  expect(turn).toEqual({
    stunUrls: ['stun:a:3478'],
    turn: {
      urls: ['turn:b:3478?transport=udp', 'turns:c:443?transport=tcp'],
      auth: { secret: 'shared', ttlSeconds: 600 },
    },
  });
});

test.each([
  [{ TURN_URLS: 'turn:b:3478' }, /TURN_URLS needs/],
  [{ TURN_URLS: 'http://b', TURN_SECRET: 's' }, /TURN_URLS has an item, number 1, that is no address/],
  [{ STUN_URLS: 'turn:b' }, /STUN_URLS has/],
  [{ TURN_SECRET: 's', TURN_USERNAME: 'u', TURN_CREDENTIAL: 'c' }, /TURN_SECRET makes/],
  [{ TURN_USERNAME: 'u' }, /TURN_USERNAME and/],
])('faults are named: %j', (variables, fault) => {
  expect(() => loadConfig({ JWT_SECRET, ...variables })).toThrow(fault);
});
