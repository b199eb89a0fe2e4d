import { describe, expect, test } from 'vitest';
import { OutgoingEvent } from '../../../src/protocol/frames.ts';
import { EventLog } from '../../../src/signaling/event-log.ts';

const chat = (text: string) => new OutgoingEvent('chatReceived', { id: 'c', from: 'ann', text, at: 1 });
const frame = (seq: number, text: string) =>
  `{"seq":${seq},"event":"chatReceived","data":{"id":"c","from":"ann","text":"${text}","at":1}}`;

/** A log that keeps so many events, after these. */
function logOf(maxKeptEvents: number, ...texts: string[]): EventLog {
  const log = new EventLog({ maxKeptEvents });
  for (const text of texts) log.add(chat(text));
  return log;
}

test('numbers events from 1', () => {
  const log = logOf(10);
  expect(log.lastSeq).toBe(0);
  expect(log.add(chat('one'))).toBe(frame(1, 'one'));
  expect(log.add(chat('two'))).toBe(frame(2, 'two'));
  expect(log.lastSeq).toBe(2);
});

test('one event has a number of its own in each log', () => {
  const [ann, bob, event] = [logOf(10, 'before'), logOf(10), chat('to both')];
  expect(ann.add(event)).toBe(frame(2, 'to both'));
  expect(bob.add(event)).toBe(frame(1, 'to both'));
  expect(ann.after(1)).toEqual([frame(2, 'to both')]);
  expect(bob.after(0)).toEqual([frame(1, 'to both')]);
});

test('what is forgotten is not kept, and the numbers go on', () => {
  const log = logOf(10, 'one', 'two');
  log.forget();
  expect(log.after(1)).toBeUndefined();
  expect(log.after(2)).toEqual([]);
  expect(log.add(chat('three'))).toBe(frame(3, 'three'));
  expect(log.after(2)).toEqual([frame(3, 'three')]);
});

describe('the events after a number', () => {
  test('come in order, with the numbers that they had', () => {
    const log = logOf(10, 'one', 'two', 'three');
    expect(log.after(0)).toEqual([frame(1, 'one'), frame(2, 'two'), frame(3, 'three')]);
    expect(log.after(2)).toEqual([frame(3, 'three')]);
    expect(log.after(3)).toEqual([]);
  });

  test('are none before the first', () => expect(logOf(10).after(0)).toEqual([]));

  test('are unknown where the number was never given', () => {
    expect(logOf(10).after(1)).toBeUndefined();
    expect(logOf(10, 'one').after(2)).toBeUndefined();
  });

  test('are unknown where one of them is not kept', () => {
    const log = logOf(2, 'one', 'two', 'three', 'four');
    expect(log.after(1)).toBeUndefined();
    expect(log.after(2)).toEqual([frame(3, 'three'), frame(4, 'four')]);
  });

  test('are unknown where nothing is kept, but for who has seen all', () => {
    const log = logOf(0, 'one');
    expect(log.lastSeq).toBe(1);
    expect(log.after(0)).toBeUndefined();
    expect(log.after(1)).toEqual([]);
  });
});

describe('what is kept is bounded by its bytes', () => {
  const half = 'x'.repeat(524_288);
  /** As many characters, twice as many bytes. */
  const wide = 'é'.repeat(524_288);

  test('the oldest go first', () => {
    const log = logOf(10, half, half, 'three');
    expect(log.after(0)).toBeUndefined();
    expect(log.after(1)).toEqual([frame(2, half), frame(3, 'three')]);
  });

  test('what has gone makes room', () => {
    const log = logOf(10, half, half, half, half);
    expect(log.after(2)).toBeUndefined();
    expect(log.after(3)).toHaveLength(1);
    log.add(chat('five'));
    expect(log.after(3)).toHaveLength(2);
  });

  test('bytes are counted, not characters', () => {
    const log = logOf(10, 'one', wide);
    expect(log.after(0)).toBeUndefined();
  });

  test('one event alone may be larger', () => {
    const log = logOf(10, 'one', wide);
    expect(log.after(1)).toEqual([frame(2, wide)]);
    log.add(chat('three'));
    expect(log.after(1)).toBeUndefined();
    expect(log.after(2)).toEqual([frame(3, 'three')]);
  });
});
