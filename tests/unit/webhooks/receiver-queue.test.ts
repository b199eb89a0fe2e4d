/** The order and the isolation of deliveries, with a receiver that answers as the test says. */
import { describe, expect, test } from 'vitest';
import { ReceiverQueue } from '../../../src/webhooks/delivery/receiver-queue.ts';
import type { QueuedEvent } from '../../../src/webhooks/outbox-table.ts';

const DAY_MS = 86_400_000;

function event(seq: number, stream: string, at = Date.now()): QueuedEvent {
  return { seq, id: `evt_${seq}`, stream, type: 'test', at, body: '{}' };
}

/** A queue whose disk has these events, and whose receiver fails for streams while they are in `failing`. */
function openQueue(stored: readonly QueuedEvent[] = [], concurrency = 4) {
  const failing = new Set<string>();
  const sent: number[] = [];
  const attempts: number[] = [];
  const failed: number[] = [];
  let sending = 0;
  let most = 0;
  const changes: (() => void)[] = [];
  const queue = new ReceiverQueue({
    concurrency,
    streamBackoff: () => 5,
    receiverBackoff: () => 5,
    load: async (stream, after) => {
      const waiting = stored.filter((one) => one.stream === stream && one.seq > after);
      return { events: waiting.slice(0, 2), more: waiting.length > 2 };
    },
    send: async ({ seq, stream }) => {
      attempts.push(seq);
      most = Math.max(most, ++sending);
      await new Promise(setImmediate);
      sending--;
      if (failing.has(stream) || failing.has('*')) throw new Error('down');
    },
    delivered: ({ seq }) => {
      sent.push(seq);
      for (const change of changes.splice(0)) change();
    },
    failed: ({ seq }) => {
      failed.push(seq);
      for (const change of changes.splice(0)) change();
    },
    delayed: () => {
      for (const change of changes.splice(0)) change();
    },
  });
  const until = async (fits: () => boolean) => {
    while (!fits()) await new Promise<void>((resolve) => changes.push(resolve));
  };
  return { queue, failing, sent, attempts, failed, until, most: () => most };
}

test('streams are delivered side by side, each in its order', async () => {
  const { queue, sent, until, most } = openQueue([], 2);
  for (let seq = 1; seq <= 30; seq++) queue.add(event(seq, `s${seq % 3}`));
  await until(() => sent.length === 30);
  for (const stream of [0, 1, 2]) {
    const own = sent.filter((seq) => seq % 3 === stream);
    expect(own).toEqual(own.toSorted((one, other) => one - other));
  }
  expect(most()).toBe(2);
});

test('what is on disk comes in pages, before what is new, once', async () => {
  const stored = Array.from({ length: 7 }, (_, index) => event(index + 1, 's'));
  const { queue, sent, until } = openQueue(stored);
  queue.addBacklog('s');
  queue.add(event(8, 's')); // it is on disk too
  stored.push(event(8, 's'));
  await until(() => sent.length === 8);
  expect(sent).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

describe('a stream that fails', () => {
  test('is tried again and holds up no other', async () => {
    const { queue, failing, sent, attempts, until } = openQueue();
    failing.add('bad');
    queue.add(event(1, 'bad'));
    queue.add(event(2, 'bad'));
    await until(() => attempts.length > 1);
    for (let seq = 3; seq < 10; seq++) queue.add(event(seq, 'good'));
    await until(() => sent.length === 7);
    expect(sent).toEqual([3, 4, 5, 6, 7, 8, 9]);
    failing.clear();
    await until(() => sent.length === 9);
    expect(sent.slice(7)).toEqual([1, 2]);
  });

  test('is given up after 24 hours, and the next event comes', async () => {
    const { queue, failing, sent, failed, until } = openQueue();
    failing.add('bad');
    queue.add(event(1, 'bad', Date.now() - DAY_MS));
    queue.add(event(2, 'bad'));
    await until(() => failed.length === 1);
    failing.clear();
    await until(() => sent.length === 1);
    expect([failed, sent]).toEqual([[1], [2]]);
  });
});

describe('a receiver that is down', () => {
  test('gets one attempt at a time, and all when it is back', async () => {
    const { queue, failing, sent, attempts, until } = openQueue();
    failing.add('*');
    for (let seq = 1; seq <= 40; seq++) queue.add(event(seq, `s${seq}`));
    await until(() => attempts.length >= 12);
    failing.clear();
    await until(() => sent.length === 40);
    expect(new Set(sent).size).toBe(40);
  });

  test('for a day fails what is older, without an attempt at each', async () => {
    const { queue, failing, attempts, failed, until } = openQueue([], 1);
    failing.add('*');
    for (let seq = 1; seq <= 3; seq++) queue.add(event(seq, `s${seq}`));
    await until(() => attempts.length >= 3);
    const before = attempts.length;
    for (let seq = 4; seq <= 103; seq++) queue.add(event(seq, `s${seq}`, Date.now() - DAY_MS));
    await until(() => failed.length === 100);
    expect(attempts.length - before).toBeLessThan(20);
    queue.close();
  });
});
