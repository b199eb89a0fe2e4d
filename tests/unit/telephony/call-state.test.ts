import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { microseconds, type StoredEvent } from '../../../src/telephony/call-event.ts';
import {
  addToLeg,
  type Call,
  callOf as callOfParts,
  type LegRecord,
  recordingOf,
} from '../../../src/telephony/call-state.ts';

let count = 0;

function event(type: string, second: number, legId = 'leg-1', payload: object = {}): StoredEvent {
  const seq = ++count;
  const occurredAt = `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000Z`;
  const ids = { callId: 'call-1', legId, connectionId: null, from: null, to: null };
  return { seq, id: `event-${seq}`, type, occurredAt, payload: { ...payload }, ...ids };
}

/** The call that these events tell of, one after the other. */
function callOf(id: string, events: readonly StoredEvent[]): Call {
  const legs = new Map<string, LegRecord>();
  for (const each of events) if (each.legId) legs.set(each.legId, addToLeg(legs.get(each.legId), each));
  // Events that come twice are stored once.
  const once = [...new Map(events.map((each) => [each.id, each])).values()];
  return callOfParts(
    id,
    legs,
    once.flatMap((each) => recordingOf(each) ?? []),
  );
}

const types = ['call.initiated', 'call.answered', 'call.hold', 'call.unhold', 'call.bridged', 'call.hangup'];
const anyEvent = fc
  .tuple(
    fc.constantFrom(...types, 'call.dtmf.received', 'call.recording.saved'),
    fc.integer({ min: 0, max: 5 }),
    fc.constantFrom('leg-1', 'leg-2'),
    fc.record({ from: fc.constantFrom('+1', '+2'), hangup_cause: fc.constantFrom('no_answer', 'timeout') }),
  )
  .map(([type, second, leg, payload]) => event(type, second, leg, payload));

test('any order with any duplicates ends in the same state of the call', () => {
  const deliveries = fc.array(anyEvent, { minLength: 1, maxLength: 12 }).chain((events) =>
    fc.record({
      events: fc.constant(events),
      delivered: fc
        .array(fc.constantFrom(...events), { maxLength: 12 })
        .chain((again) =>
          fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }),
        ),
    }),
  );
  fc.assert(
    fc.property(deliveries, ({ events, delivered }) => {
      const call = callOf('call-1', delivered);
      const expected = callOf('call-1', events);
      expect(call).toEqual(expected);
      for (const leg of call.legs) {
        const ended = events.some(({ type, legId }) => type === 'call.hangup' && legId === leg.id);
        expect(leg.state === 'hangup').toBe(ended);
      }
    }),
  );
});

test('a leg that hung up stays so, whatever is said to have happened later', () => {
  const call = callOf('call-1', [event('call.hangup', 3), event('call.answered', 9)]);
  expect([call.state, call.legs[0]?.state]).toEqual(['hangup', 'hangup']);
});

test('a call goes on while one of its legs does', () => {
  const events = [
    event('call.initiated', 1, 'leg-1'),
    event('call.initiated', 2, 'leg-2'),
    event('call.answered', 3, 'leg-2'),
    event('call.hangup', 4, 'leg-1'),
  ];
  expect(callOf('call-1', events).state).toBe('answered');
  expect(callOf('call-1', [...events, event('call.hangup', 5, 'leg-2')]).state).toBe('hangup');
});

test('a leg of which only a recording is known leaves the state of the call to the others', () => {
  const saved = event('call.recording.saved', 5, 'leg-2');
  expect(callOf('call-1', [saved]).state).toBe(null);
  expect(callOf('call-1', [saved, event('call.hangup', 3)]).state).toBe('hangup');
});

test('hold and its end follow the time of occurrence', () => {
  const held = event('call.hold', 2);
  const back = event('call.unhold', 3);
  expect(callOf('call-1', [back, held]).state).toBe('answered');
  expect(callOf('call-1', [held]).state).toBe('held');
});

test.each([
  ['2018-02-02T22:25:27.521992Z', 1_517_610_327_521_992],
  ['2018-02-02T22:25:27Z', 1_517_610_327_000_000],
  ['2018-02-02T22:25:27.5Z', 1_517_610_327_500_000],
  ['2018-02-02T23:25:27.521992+01:00', 1_517_610_327_521_992],
  ['yesterday', Number.NaN],
  ['2018-02-02', Number.NaN],
])('%s is %d microseconds', (time, expected) => {
  expect(microseconds(time)).toBe(expected);
});
