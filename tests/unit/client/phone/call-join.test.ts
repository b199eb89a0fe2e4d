/** Which call gets which event, in whatever order they and the call's ids come. */
import { expect, test } from 'vitest';
import type { CallNews } from '../../../../src/client/phone/call-events.ts';
import { CallJoin, type JoinedCall } from '../../../../src/client/phone/call-join.ts';

let seq = 0;

function news(payload: Record<string, unknown>, event = 'call-initiated'): CallNews {
  seq += 1;
  return { event, seq, data: { id: `e${seq}`, event_type: event, occurred_at: '', payload } };
}

/** A call that notes what it is told. */
class TestCall implements JoinedCall {
  callControlId: string | undefined;
  legId: string | undefined;
  sessionId: string | undefined;
  readonly told: CallNews[] = [];

  constructor(ids: { callControlId?: string; legId?: string; sessionId?: string } = {}) {
    this.callControlId = ids.callControlId;
    this.legId = ids.legId;
    this.sessionId = ids.sessionId;
  }

  tell(one: CallNews): void {
    this.told.push(one);
  }
}

test('a call whose id is known gets its events at once, and no others', () => {
  const join = new CallJoin();
  const [ours, theirs] = [new TestCall({ callControlId: 'a' }), new TestCall({ callControlId: 'b' })];
  join.join(ours);
  join.join(theirs);
  const first = news({ call_control_id: 'a' });
  join.take(first);
  join.take(news({ call_control_id: 'c' }));
  expect(ours.told).toEqual([first]);
  expect(theirs.told).toEqual([]);
});

test('events that come before the call, or before its id, are told when it is known, in their order and once', () => {
  const join = new CallJoin();
  const call = new TestCall();
  const events = [
    news({ call_control_id: 'a' }),
    news({ call_control_id: 'a' }),
    news({ call_control_id: 'a' }),
  ];
  for (const one of events.slice(0, 1)) join.take(one);
  join.join(call);
  for (const one of events.slice(1, 2)) join.take(one);
  expect(call.told).toEqual([]);
  call.callControlId = 'a';
  join.join(call);
  for (const one of events.slice(2)) join.take(one);
  join.join(call);
  expect(call.told).toEqual(events);
});

test('what a call does when it is told may join it again', () => {
  const join = new CallJoin();
  const call = new TestCall({ callControlId: 'a' });
  const told = call.told;
  call.tell = (one) => {
    told.push(one);
    join.join(call);
  };
  const events = [news({ call_control_id: 'a' }), news({ call_control_id: 'a' })];
  for (const one of events) join.take(one);
  join.join(call);
  expect(told).toEqual(events);
});

test('an event without a call control id goes by its leg, or by its session; one with another id does not', () => {
  const join = new CallJoin();
  const call = new TestCall({ callControlId: 'a', legId: 'l', sessionId: 's' });
  join.join(call);
  join.take(news({ call_leg_id: 'l', call_session_id: 'other' }));
  join.take(news({ call_leg_id: 'of the other end', call_session_id: 's' }));
  join.take(news({ call_control_id: 'of the other end', call_session_id: 's' }));
  join.take(news({ call_leg_id: 'x', call_session_id: 'y' }));
  join.take(news({}));
  expect(call.told.map(({ data }) => data.payload.call_leg_id)).toEqual(['l', 'of the other end']);
});

test('a call without ids gets nothing, not what names nothing either', () => {
  const join = new CallJoin();
  const call = new TestCall();
  join.take(news({}));
  join.join(call);
  join.take(news({ call_leg_id: '' }));
  expect(call.told).toEqual([]);
});

test('of many events that nobody waits for the newest are kept, and of many calls too', () => {
  const join = new CallJoin();
  for (let count = 0; count < 1001; count++) join.take(news({ call_control_id: String(count) }));
  const [first, second] = [new TestCall({ callControlId: '0' }), new TestCall({ callControlId: '1' })];
  for (const call of [first, second]) join.join(call);
  expect([first.told.length, second.told.length]).toEqual([0, 1]);
  for (let count = 0; count < 49; count++) join.join(new TestCall());
  join.take(news({ call_control_id: '0' }));
  join.take(news({ call_control_id: '1' }));
  expect([first.told.length, second.told.length]).toEqual([0, 2]);
});
