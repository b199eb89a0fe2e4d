/** The facts that the rooms tell to the audit, the metrics, webhooks and recorders. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { RoomFact } from '../../src/rooms/facts.ts';
import { track } from '../support/media.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ MEDIA_WORKERS: '1' });
});
afterAll(() => server.close());

/** The facts of one room from now on. */
function factsOf(room: string, of = server): RoomFact[] {
  const facts: RoomFact[] = [];
  of.app.rooms.on('fact', (fact) => {
    if (fact.room.name === room) facts.push(fact);
  });
  return facts;
}

const join = (room: string, user_id: string, of = server) =>
  RawClient.join(of, of.token({ room, user_id, user_type: 'host' }));

const kinds = (facts: readonly RoomFact[]) =>
  facts.map((fact) => ('source' in fact ? `${fact.kind} ${fact.source}` : fact.kind));

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length));
}

test('a meeting is told in order: each publication ends before its member leaves, and the room ends last', async () => {
  const facts = factsOf('order');
  const ann = await join('order', 'ann');
  const mic = track('mic');
  await ann.request('produce', mic);
  await ann.request('closeProducer', { id: mic.id });
  await ann.request('produce', track('camera'));
  const bob = await join('order', 'bob');
  await ann.close();
  await expect.poll(() => kinds(facts).at(-1)).toBe('member-left');
  await bob.request('endRoom', {});
  await bob.closed;
  expect(kinds(facts)).toEqual([
    'room-opened',
    'member-joined',
    'published mic',
    'unpublished mic',
    'published camera',
    'member-joined',
    'unpublished camera',
    'member-left',
    'member-left',
    'room-ended',
  ]);
  expect(new Set(facts.map(({ room }) => room.id)).size).toBe(1);
  expect(facts.at(2)).toMatchObject({ id: mic.id, member: { id: ann.id, userId: 'ann', userType: 'host' } });
  expect(facts.at(-3)).toMatchObject({
    reason: 'left',
    member: { id: ann.id },
    durationMs: expect.any(Number),
  });
  expect(facts.at(-2)).toMatchObject({ reason: 'room_ended', member: { userId: 'bob' } });
  expect(facts.at(-1)).toMatchObject({ reason: 'room_ended', durationMs: expect.any(Number) });
});

test('a fact is told in the tick in which it happens', async () => {
  const ann = await join('tick', 'ann');
  const facts = factsOf('tick');
  const room = server.app.rooms.find('tick');
  room?.close('room_ended');
  expect(kinds(facts)).toEqual(['member-left', 'room-ended']);
  await ann.closed;
});

test('a room that is opened again has another id', async () => {
  const facts = factsOf('again');
  for (const user of ['ann', 'bob']) {
    await (await join('again', user)).close();
    await expect.poll(() => kinds(facts).at(-1)).toBe('room-ended');
  }
  const opened = facts.filter(({ kind }) => kind === 'room-opened').map(({ room }) => room.id);
  expect(new Set(opened).size).toBe(2);
});

test('who only opened a socket has not joined', async () => {
  const facts = factsOf('visitor');
  const client = await RawClient.open(server, server.token({ room: 'visitor', user_id: 'ann' }));
  await client.close();
  await expect.poll(() => kinds(facts)).toEqual(['room-opened', 'room-ended']);
});

test('a server that closes tells the end of all that is there', async () => {
  const closing = await startServer();
  onTestFinished(() => closing.close());
  const facts = factsOf('closing', closing);
  const ann = await join('closing', 'ann', closing);
  await ann.request('produceData', { id: crypto.randomUUID(), streamId: 0, reliability: 'reliable' });
  await closing.close();
  expect(kinds(facts).slice(2)).toEqual([
    'published undefined',
    'unpublished undefined',
    'member-left',
    'room-ended',
  ]);
  expect(facts.at(-1)).toMatchObject({ reason: 'server_closing' });
});

test('the audit and the metrics listen', async () => {
  const facts = factsOf('heard');
  const left = 'aq_facts_total{kind="member-left",target="left"}';
  const before = await metric(left);
  const ann = await join('heard', 'ann');
  await ann.request('produce', track('screen'));
  await ann.close();
  await expect.poll(() => kinds(facts).at(-1)).toBe('room-ended');
  const lines = server.log.filter((line) => line.audit && line.room === 'heard');
  expect(lines.map(({ kind, user, target }) => [kind, user, target])).toEqual([
    ['token-accepted', 'ann', undefined],
    ['room-opened', undefined, undefined],
    ['member-joined', 'ann', undefined],
    ['published', 'ann', 'screen'],
    ['unpublished', 'ann', 'screen'],
    ['member-left', 'ann', 'left'],
    ['room-closed', undefined, 'left'],
  ]);
  expect(lines.at(-2)?.detail).toEqual({ peer: ann.id, durationMs: expect.any(Number) });
  expect(await metric(left)).toBe(before + 1);
  expect(await metric('aq_facts_total{kind="published",target="screen"}')).toBe(1);
});
