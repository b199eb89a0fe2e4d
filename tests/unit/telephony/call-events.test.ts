import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Database } from '../../../src/store/database.ts';
import type { CallEvent } from '../../../src/telephony/call-event.ts';
import { CallEvents } from '../../../src/telephony/call-events.ts';

const HOUR_MS = 3_600_000;
let now = Date.UTC(2026, 0, 1);

function open() {
  const database = Database.open({ file: ':memory:', logger: pino({ level: 'silent' }) });
  const events = new CallEvents(database, { now: () => now });
  onTestFinished(() => {
    events.close();
    database.close();
  });
  return { database, events };
}

function event(id: string, payload: Record<string, unknown> = {}): CallEvent {
  return { id, type: 'call.cost', occurredAt: '2026-01-01T00:00:00Z', payload };
}

test('events are told once, in the order of storing, and only when they are on disk', async () => {
  const { events } = open();
  const told: string[] = [];
  events.on('stored', (group) => told.push(...group.map(({ seq, id }) => `${seq}:${id}`)));
  const results = ['a', 'b', 'a', 'c'].map((id) => events.store(event(id)));
  expect([told, events.newest]).toEqual([[], 0]);
  expect(await Promise.all(results)).toEqual([true, true, false, true]);
  expect(told.map((text) => text.split(':')[1])).toEqual(['a', 'b', 'c']);
  const seqs = told.map((text) => Number(text.split(':')[0]));
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  expect(events.newest).toBe(seqs.at(-1));
});

test('one event under two ids is stored once where it has a leg', async () => {
  const { events } = open();
  expect(await events.store(event('a', { call_leg_id: 'leg' }))).toBe(true);
  expect(await events.store(event('b', { call_leg_id: 'leg' }))).toBe(false);
  expect(await events.store(event('c', { call_leg_id: 'other' }))).toBe(true);
});

test('what is older than a day is forgotten, and its number is not given again', async () => {
  const { database, events } = open();
  await events.store(event('a'));
  now += 23 * HOUR_MS;
  await events.sweep();
  expect(events.after(0)).toHaveLength(1);
  now += 2 * HOUR_MS;
  await events.sweep();
  expect(events.after(0)).toEqual([]);
  const restarted = new CallEvents(database, { now: () => now });
  onTestFinished(() => restarted.close());
  expect(restarted.newest).toBe(1);
  await restarted.store(event('b'));
  expect(restarted.after(0).map(({ seq, id }) => [seq, id])).toEqual([[2, 'b']]);
});

test('pages have no gaps', async () => {
  const { events } = open();
  await Promise.all(Array.from({ length: 450 }, (_, index) => events.store(event(`e${index}`))));
  const seen: number[] = [];
  for (let page = events.after(0); page.length > 0; page = events.after(seen.at(-1) ?? 0)) {
    expect(page.length).toBeLessThanOrEqual(200);
    seen.push(...page.map(({ seq }) => seq));
  }
  expect(seen).toEqual(Array.from({ length: 450 }, (_, index) => index + 1));
});

describe('the calls of an agent whose token names a number', () => {
  const leg = { call_session_id: 'call', call_leg_id: 'leg' };
  const other = { call_session_id: 'call', call_leg_id: 'other', from: '+3', to: '+4' };
  const deliveries = [
    { ...event('saved', leg), type: 'call.recording.saved' },
    { ...event('initiated', { ...leg, from: '+1', to: '+2' }), type: 'call.initiated' },
    { ...event('hangup', { ...leg, from: '+1', to: '+2' }), type: 'call.hangup' },
    { ...event('initiated of another leg', other), type: 'call.initiated' },
    { ...event('another call', { call_leg_id: 'alone', from: '+5' }), type: 'call.initiated' },
  ];

  test.each([
    ['in order', deliveries],
    ['the other way round', deliveries.toReversed()],
  ])('have all of the leg that names it, delivered %s', async (_order, delivered) => {
    const { events } = open();
    for (const each of delivered) await events.store(each);
    const [call, ...more] = events.calls({ filter: { numbers: ['+2'] }, limit: 10 }).calls;
    expect(more).toEqual([]);
    expect(call).toMatchObject({ id: 'call', state: 'hangup', legs: [{ id: 'leg', from: '+1', to: '+2' }] });
    expect([call?.legs.length, call?.recordings.length]).toEqual([1, 1]);
    expect(events.calls({ filter: {}, limit: 10 }).calls).toEqual([]);
    expect(events.calls({ filter: undefined, limit: 10 }).calls).toHaveLength(2);
    expect(events.calls({ filter: undefined, limit: 1 }).calls).toHaveLength(1);
  });
});
