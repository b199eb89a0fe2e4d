/** The audit, as an operator reads it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { mintToken } from '../../src/auth/tokens.ts';
import { knock, upgradeCode } from '../support/door.ts';
import { track } from '../support/media.ts';
import { startProcess, temporaryFolder } from '../support/process.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { SECRET, startServer } from '../support/server.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/audit.ts');

async function auditOf(folder: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  const options = ['--disable-warning=ExperimentalWarning', SCRIPT, '--json', ...args];
  const { stdout } = await promisify(execFile)(process.execPath, options, {
    env: { ...process.env, DATA_DIR: folder },
  });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

test('tokens, acts of hosts and limits are in it, by room and user, and no token is', async () => {
  const folder = temporaryFolder();
  const server = await startServer({ DATA_DIR: folder, MAX_PRODUCERS_PER_PEER: '1', CHAT_PER_MINUTE: '1' });
  onTestFinished(() => server.close());
  const token = (user_id: string) => server.token({ user_id, room: 'audited', user_type: 'host' });
  const ann = await RawClient.join(server, token('ann'));
  const bobs = server.token({ user_id: 'bob', room: 'audited' });
  const bob = await RawClient.join(server, bobs);
  await ann.request('chat', { text: 'one' });
  expect(await refusal(ann.request('chat', { text: 'two' }))).toBe('rate_limited');
  await ann.request('removePeer', { peerId: bob.id });
  await expect(RawClient.join(server, bobs)).rejects.toThrow('401');
  await expect
    .poll(() => auditOf(folder, '--room', 'audited').then((lines) => lines.map(({ kind }) => kind)))
    .toEqual([
      'token-accepted',
      'room-opened',
      'member-joined',
      'token-accepted',
      'member-joined',
      'limit-reached',
      'member-left',
      'user-removed',
      'token-refused',
    ]);
  const ofBob = await auditOf(folder, '--user', 'bob', '--since', '10m');
  expect(ofBob.at(-2)).toMatchObject({
    kind: 'user-removed',
    room: 'audited',
    user: 'bob',
    actor: 'user:ann',
  });
  expect(await auditOf(folder, '--kind', 'token-refused')).toEqual([
    expect.objectContaining({ target: 'token_revoked', user: 'bob', room: 'audited' }),
  ]);
  expect(JSON.stringify(await auditOf(folder))).not.toContain('eyJ');
});

test('who comes with a token that has ended is named, and nobody whom a forged one names', async () => {
  const server = await startServer();
  onTestFinished(() => server.close());
  const mint = (secret: string, ttlSeconds: number) =>
    mintToken({ user_id: 'late', room: 'over' }, { secret, ttlSeconds }).token;
  expect(await upgradeCode(server, mint(SECRET, -10))).toBe('token_expired');
  expect(await upgradeCode(server, mint(`${SECRET}x`, 60))).toBe('token_signature');
  const refused = server.log.filter(({ kind }) => kind === 'token-refused');
  expect(refused.map(({ target, user, room }) => [target, user, room])).toEqual([
    ['token_expired', 'late', 'over'],
    ['token_signature', undefined, undefined],
  ]);
});

test('each act of a host is a line, with who did it to whom', async () => {
  const server = await startServer({ LOBBY: 'on' });
  onTestFinished(() => server.close());
  const room = 'acts';
  const host = await RawClient.join(server, server.token({ user_id: 'hanna', room, user_type: 'host' }));
  const knocks = async (user_id: string) => {
    const client = await knock(server, server.token({ user_id, room }));
    const { waiting } = await host.next('waitingJoined', (told) => told.waiting.userId === user_id);
    return { client, id: waiting.id };
  };
  const gus = await knocks('gus');
  await host.request('admitWaiting', { id: gus.id });
  await gus.client.next('welcome');
  await gus.client.joinRoom();
  await host.request('refuseWaiting', { id: (await knocks('willy')).id });
  const peerId = gus.client.id;
  await host.request('muteSource', { peerId, source: 'mic', mode: 'hard' });
  await host.request('allowSource', { peerId, source: 'mic' });
  await gus.client.request('produce', track('camera'));
  await host.request('stopSource', { peerId, source: 'camera' });
  for (const all of [true, false]) {
    await gus.client.request('setHandRaised', { raised: true });
    await (all ? host.request('lowerAllHands', {}) : host.request('lowerHand', { peerId }));
  }
  await host.request('setUserType', { peerId, userType: 'viewer' });
  await host.request('setLocked', { locked: true });
  await host.request('setLobby', { lobby: false });
  await host.request('removePeer', { peerId });
  await host.request('banUser', { userId: 'gus' });
  await host.request('unbanUser', { userId: 'gus' });
  await host.request('endRoom', {});
  const acts = server.log.filter(({ audit, actor }) => audit && actor);
  expect(acts.map(({ kind, user, target, detail }) => [kind, user, target ?? detail])).toEqual([
    ['waiting-admitted', 'gus', undefined],
    ['waiting-refused', 'willy', undefined],
    ['source-muted', 'gus', 'mic'],
    ['source-allowed', 'gus', 'mic'],
    ['source-stopped', 'gus', 'camera'],
    ['hands-lowered', 'gus', { count: 1 }],
    ['hands-lowered', 'gus', { count: 1 }],
    ['user-type-set', 'gus', 'viewer'],
    ['room-set', undefined, { locked: true }],
    ['room-set', undefined, { lobby: false }],
    ['user-removed', 'gus', undefined],
    ['user-banned', 'gus', undefined],
    ['user-unbanned', 'gus', undefined],
    ['room-ended', undefined, undefined],
  ]);
  expect(new Set(acts.map(({ actor, room: where }) => `${actor} ${where}`))).toEqual(
    new Set(['user:hanna acts']),
  );
});

test('outlives the server, also one that is killed', async () => {
  const folder = temporaryFolder();
  const server = await startProcess({ DATA_DIR: folder });
  await RawClient.join({ url: server.url, token: () => server.token('ann') });
  await expect.poll(() => auditOf(folder)).toHaveLength(3);
  server.child.kill('SIGKILL');
  await server.exited;
  expect((await auditOf(folder, '--user', 'ann')).map(({ kind }) => kind)).toEqual([
    'token-accepted',
    'member-joined',
  ]);
});

test.each(['abc', '0', '-1', '1.5', ''])('--limit %j is refused with a sentence', async (limit) => {
  const refused = await auditOf(temporaryFolder(), `--limit=${limit}`).catch((error) => error);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(`--limit must be a whole number from 1 to 999999999; it is "${limit}".\n`);
  expect(refused.stderr).toContain('Usage: npm run -s audit');
});
