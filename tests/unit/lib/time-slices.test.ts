/** Many small tasks that share the event loop with everything else. */
import { expect, test } from 'vitest';
import { TimeSlices } from '../../../src/lib/time-slices.ts';

/** Holds the event loop for two milliseconds. */
function busy(): void {
  const end = performance.now() + 2;
  while (performance.now() < end);
}

test('a task that is added while none waits starts at once', () => {
  let ran = false;
  void new TimeSlices().run(() => {
    ran = true;
  });
  expect(ran).toBe(true);
});

test('tasks start in their order, and the event loop turns between them', async () => {
  const slices = new TimeSlices();
  const order: number[] = [];
  let turns = 0;
  const turning = setInterval(() => turns++, 0);
  const tasks = Array.from({ length: 100 }, (_, n) =>
    slices.run(() => {
      busy();
      order.push(n);
      return n;
    }),
  );
  expect(order.length).toBeLessThan(10); // the rest waits for the next turns
  expect(await Promise.all(tasks)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  clearInterval(turning);
  expect(order).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(turns).toBeGreaterThan(20);
});

test('a task that throws or rejects fails alone', async () => {
  const slices = new TimeSlices();
  const results = await Promise.allSettled([
    slices.run(() => {
      throw new Error('thrown');
    }),
    slices.run(async () => {
      throw new Error('rejected');
    }),
    slices.run(() => 'done'),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});
