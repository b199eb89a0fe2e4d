/** Those who only watch: rules R5 and M15 of PROTOCOL.md. */
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { fingerprints, track } from '../support/media.ts';
import { MediaNetwork, MediaPeer } from '../support/media-peer.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { COMPILE_MS, compile, missingCompiler } from '../unit/scripts/load/compiled.ts';

const open: RawClient[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

async function start(variables: Record<string, string> = {}): Promise<TestServer> {
  const server = await startServer({ WATCHERS_LISTED_UP_TO: '3', ...variables });
  onTestFinished(() => server.close());
  return server;
}

async function join(server: TestServer, user_id: string, user_type = 'viewer') {
  const client = await RawClient.open(server, server.token({ user_id, user_type, room: 'webinar' }));
  open.push(client);
  return Object.assign(client, { found: await client.joinRoom() });
}

const usersOf = (peers: readonly { userId: string }[]) => peers.map(({ userId }) => userId).sort();

describe('[R5] in a large room those who only watch', () => {
  test('are told as a number, and others as before', async () => {
    const server = await start();
    const host = await join(server, 'host', 'host');
    for (const name of ['v1', 'v2']) await join(server, name);
    await host.next('peerJoined', ({ peer }) => peer.userId === 'v2');
    await join(server, 'v3');
    const last = await join(server, 'v4');
    const guest = await join(server, 'guest', 'guest');
    await host.next('watchersChanged', ({ count }) => count === 2);
    expect(usersOf(last.found.peers)).toEqual(['host', 'v1', 'v2']);
    expect(guest.found.room.watchers).toBe(2);
    expect(usersOf(host.all('peerJoined').map(({ peer }) => peer))).toEqual(['guest', 'v1', 'v2']);
    await last.request('setMetadata', { metadata: { a: 1 } });
    await last.request('leave', {});
    await host.next('watchersChanged', ({ count }) => count === 1);
    await guest.request('leave', {});
    await host.next('peerLeft', ({ peerId }) => peerId === guest.id);
    expect(host.all('peerLeft').map(({ peerId }) => peerId)).toEqual([guest.id]);
    expect(host.all('peerUpdated')).toEqual([]);
  });

  test.each([
    ['raise a hand', (viewer: RawClient) => viewer.request('setHandRaised', { raised: true })],
    ['write', (viewer: RawClient) => viewer.request('chat', { text: 'hello' })],
  ])('are listed when they %s', async (_what, act) => {
    const server = await start();
    const host = await join(server, 'host', 'host');
    for (const name of ['v1', 'v2', 'v3']) await join(server, name);
    const viewer = await join(server, 'v4');
    await act(viewer);
    const { peer } = await host.next('peerJoined', (joined) => joined.peer.userId === 'v4');
    expect(peer.id).toBe(viewer.id);
    await host.next('watchersChanged', ({ count }) => count === 1);
  });

  test('are listed when a host lets them publish', async () => {
    const server = await start();
    const host = await join(server, 'host', 'host');
    for (const name of ['v1', 'v2', 'v3']) await join(server, name);
    const viewer = await join(server, 'v4');
    await host.request('setUserType', { peerId: viewer.id, userType: 'guest' });
    const { peer } = await host.next('peerJoined', (joined) => joined.peer.userId === 'v4');
    expect(peer.userType).toBe('guest');
    expect(host.all('peerUpdated')).toEqual([]);
  });

  test('are found by pages', async () => {
    const server = await start({ MAX_PEERS_PER_ROOM: '300' });
    const host = await join(server, 'host', 'host');
    const names = Array.from({ length: 120 }, (_, n) => `viewer-${n}`);
    await Promise.all(names.map((name) => join(server, name)));
    const first = await host.request('listPeers', {});
    expect(first.peers).toHaveLength(100);
    const second = await host.request('listPeers', { after: first.next ?? '' });
    expect(second.next).toBeUndefined();
    expect(usersOf([...first.peers, ...second.peers])).toEqual(names.toSorted());
  });
});

describe('[M15] who may publish nothing', () => {
  test('has no transport to send on, until it may', async () => {
    const server = await start();
    const [host, viewer] = [await join(server, 'host', 'host'), await join(server, 'viewer')];
    expect(host.welcome.send).toBeDefined();
    expect(viewer.welcome.send).toBeUndefined();
    expect(await refusal(viewer.request('restartIce', { transport: 'send' }))).toBe('not_found');
    await host.request('setUserType', { peerId: viewer.id, userType: 'guest' });
    const { send, grants } = await viewer.next('grantsChanged');
    expect(grants).toContain('publish:mic');
    expect(send?.iceCandidates.length).toBeGreaterThan(0);
    await viewer.request('connect', { send: { role: 'client', fingerprints } });
    await viewer.request('produce', track('mic'));
    // It stays, and is told once.
    await host.request('setUserType', { peerId: viewer.id, userType: 'viewer' });
    await host.request('setUserType', { peerId: viewer.id, userType: 'presenter' });
    await viewer.next('grantsChanged', ({ userType }) => userType === 'presenter');
    await viewer.request('produce', track('screen'));
    expect(new Set(viewer.all('grantsChanged').map((told) => told.send?.id))).toEqual(new Set([send?.id]));
  });

  test('has none after the death of a worker either, and takes its media by the other one', async () => {
    const server = await start();
    const viewer = await join(server, 'viewer');
    process.kill(server.app.workers.pids()[0] ?? 0, 'SIGKILL');
    const reset = await viewer.next('mediaReset');
    expect(reset.send).toBeUndefined();
    await viewer.request('restoreMedia', { transportId: reset.recv.id });
  });
});

const reason = await missingCompiler();
describe.skipIf(reason)('[M15] media', () => {
  let program: string;
  beforeAll(async () => {
    program = await compile();
  }, COMPILE_MS);

  test('a viewer who may publish from now on is heard', async () => {
    const server = await start();
    const network = await MediaNetwork.open(server, program);
    onTestFinished(() => network.close());
    const joinMedia = (user_id: string, user_type: string) =>
      MediaPeer.join(server, network, server.token({ user_id, user_type, room: 'webinar' }));
    const host = await joinMedia('host', 'host');
    const viewer = await joinMedia('viewer', 'viewer');
    await host.client.request('setUserType', { peerId: viewer.client.id, userType: 'guest' });
    await viewer.openSend();
    const receiver = await host.receive(await viewer.publish('audio'));
    await expect.poll(() => network.packets(receiver)).toBeGreaterThan(5);
  });
});
