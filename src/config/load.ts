/** How much load a node takes before it refuses more, and how it is taken out of service. */
import type { EnvReader } from '../lib/env-reader.ts';

/** 0 is any. */
export interface LoadLimits {
  /** How late the event loop of this process is, in milliseconds. */
  readonly loopDelayMs: number;
  /** How much of a core the least busy worker uses, 0 to 1. */
  readonly workerCpu: number;
  /** How long the quickest worker takes to answer, in milliseconds. */
  readonly workerAnswerMs: number;
}

export function readLoadLimits(read: EnvReader): LoadLimits {
  return {
    loopDelayMs: read.integer('OVERLOAD_LOOP_DELAY', 250, 0, 60_000),
    workerCpu: read.integer('OVERLOAD_WORKER_CPU', 90, 0, 100) / 100,
    workerAnswerMs: read.integer('OVERLOAD_WORKER_DELAY', 500, 0, 60_000),
  };
}

/** What a drain by signal does; the API's request says it itself. */
export interface DrainConfig {
  /** When those who are left have to go, in milliseconds from its beginning. */
  readonly deadlineMs: number;
  /** The time over which they come back, in milliseconds. */
  readonly spreadMs: number;
}

export function readDrain(read: EnvReader): DrainConfig {
  return {
    deadlineMs: 1000 * read.integer('DRAIN_DEADLINE', 3600, 0, 86_400),
    spreadMs: 1000 * read.integer('DRAIN_SPREAD', 10, 0, 300),
  };
}
