/** A client whose transports are of no use any more gets others (PROTOCOL.md, rule M12). */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { track } from '../support/media.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
const open: RawClient[] = [];

beforeAll(async () => {
  server = await startServer();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});
afterAll(() => server.close());

async function joins(user_id: string, room: string): Promise<RawClient> {
  const client = await RawClient.join(server, server.token({ user_id, room, user_type: 'host' }));
  open.push(client);
  return client;
}

test('[M12] a peer that resets its media stays, gets other transports, and the others keep theirs', async () => {
  const [ann, bob] = [await joins('ann', 'reset'), await joins('bob', 'reset')];
  const [camera, mic] = [track('camera'), track('mic')];
  await ann.request('produce', camera);
  await bob.request('produce', mic);
  await bob.next('consumerOpened');
  await bob.request('resetMedia', {});
  const reset = await bob.next('mediaReset');
  expect([reset.recv.id, reset.recv.id]).not.toContain(bob.welcome.recv.id);
  expect(await ann.next('producerClosed')).toEqual({ peerId: bob.id, producerId: mic.id });
  expect(await refusal(bob.request('produce', mic))).toBe('media_lost');

  const found = await bob.request('restoreMedia', { transportId: reset.recv.id });
  expect(found.consumers.map(({ producerId }) => producerId)).toEqual([camera.id]);
  await bob.request('produce', mic);
  await ann.next('producerOpened', ({ producer }) => producer.id === mic.id);
  const later = track('screen');
  await ann.request('produce', later);
  await bob.next('consumerOpened', ({ consumer }) => consumer.producerId === later.id);
  await ann.settled();
  expect(ann.told.filter(({ event }) => event === 'mediaReset' || event === 'peerLeft')).toEqual([]);
});

test('[M12] once more before the new media was taken changes nothing', async () => {
  const [ann, bob] = [await joins('ann', 'twice'), await joins('bob', 'twice')];
  await Promise.all([bob.request('resetMedia', {}), bob.request('resetMedia', {})]);
  const { recv } = await bob.next('mediaReset');
  await bob.request('resetMedia', {});
  expect(await refusal(bob.request('restoreMedia', { transportId: bob.welcome.recv.id }))).toBe('media_lost');
  await bob.request('restoreMedia', { transportId: recv.id });
  expect(await refusal(bob.request('restoreMedia', { transportId: recv.id }))).toBe('media_kept');
  expect(bob.all('mediaReset')).toHaveLength(1);
  await ann.request('produce', track('mic'));
  await bob.next('consumerOpened');
});

test('[M12] [F10] is for those who have joined, and costs ten times as much as a restart of ICE', async () => {
  const bob = await RawClient.open(server, server.token({ user_id: 'bob', room: 'costs' }));
  open.push(bob);
  expect(await refusal(bob.request('resetMedia', {}))).toBe('not_joined');
  await bob.joinRoom();
  for (let resets = 0; resets < 5; resets++) {
    await bob.request('resetMedia', {});
    const { recv } = await bob.next('mediaReset', (told) => bob.all('mediaReset').indexOf(told) === resets);
    // Taking it costs as well: it is the fifth that has no way back within this minute.
    if (resets < 4) await bob.request('restoreMedia', { transportId: recv.id });
  }
  expect(await refusal(bob.request('resetMedia', {}))).toBe('rate_limited');
});
