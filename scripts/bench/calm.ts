/** A machine that others use too gives no honest figures while they do. */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** The share of all cores that must be idle, and over which time, in milliseconds. */
const IDLE = 0.3;
const WINDOW_MS = 300;

/** Waits until the machine has time for a measurement, but not longer than this, in milliseconds. Tells if it had. */
export async function calm(patienceMs: number): Promise<boolean> {
  for (const end = performance.now() + patienceMs; performance.now() < end; ) {
    const before = times();
    await sleep(WINDOW_MS);
    const after = times();
    if ((after.idle - before.idle) / (after.all - before.all) >= IDLE) return true;
  }
  return false;
}

function times(): { idle: number; all: number } {
  let [idle, all] = [0, 0];
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.idle + times.user + times.nice + times.sys + times.irq;
  }
  return { idle, all };
}
