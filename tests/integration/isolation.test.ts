/** [R2] Nothing that is told in one room reaches another on the same worker. What media does stands in tests/browser. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventName } from '../../src/protocol/events.ts';
import { track } from '../support/media.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ MEDIA_WORKERS: '1' });
});
afterAll(() => server.close());

/** Each event that one member of a room can cause another to be told. */
const CAUSED = [
  'peerJoined',
  'peerUpdated',
  'producerOpened',
  'consumerOpened',
  'producerPaused',
  'producerResumed',
  'producerClosed',
  'dataConsumerOpened',
  'dataProducerClosed',
  'chatReceived',
  'peerLeft',
] as const satisfies EventName[];

test('[R2] every kind of event is told in its room, and none in the other', async () => {
  const join = (user_id: string, room: string) =>
    RawClient.join(server, server.token({ user_id, room, user_type: 'host' }));
  const listener = await join('listener', 'one');
  const stranger = await join('stranger', 'two');

  const actor = await join('actor', 'one');
  const { id, ...mic } = track('mic');
  const channel = { id: randomUUID(), reliability: 'reliable' as const, streamId: 0 };
  await actor.request('setHandRaised', { raised: true });
  await actor.request('produce', { id, ...mic });
  await listener.next('consumerOpened');
  await actor.request('pauseProducer', { id });
  await actor.request('resumeProducer', { id });
  await actor.request('closeProducer', { id });
  await actor.request('produceData', channel);
  await listener.next('dataConsumerOpened');
  await actor.request('closeDataProducer', { id: channel.id });
  await actor.request('chat', { text: 'in here' });
  await actor.request('leave', {});
  await listener.next('peerLeft');

  const told = new Set(listener.told.map(({ event }) => event));
  expect(CAUSED.filter((event) => !told.has(event))).toEqual([]);
  await stranger.settled();
  expect(stranger.told.map(({ event }) => event)).toEqual(['welcome']);

  await listener.close();
  await stranger.close();
});

test('[R2] what is in one room cannot be named from another', async () => {
  const [ann, bob] = [
    await RawClient.join(server, server.token({ user_id: 'ann', room: 'three' })),
    await RawClient.join(server, server.token({ user_id: 'bob', room: 'three' })),
  ];
  const stranger = await RawClient.join(server, server.token({ user_id: 'eve', room: 'four' }));
  const mic = track('mic');
  await ann.request('produce', mic);
  const { consumer } = await bob.next('consumerOpened');
  expect(await refusal(stranger.request('closeProducer', { id: mic.id }))).toBe('not_found');
  expect(await refusal(stranger.request('resumeConsumers', { ids: [consumer.id] }))).toBe('not_found');
  expect(await refusal(stranger.request('chat', { text: 'hello', to: ann.id }))).toBe('not_found');
  await stranger.request('produce', { ...track('mic'), id: mic.id });
  await ann.settled();
  expect(ann.all('producerOpened')).toEqual([]);
  await Promise.all([ann, bob, stranger].map((client) => client.close()));
});
