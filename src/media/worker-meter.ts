import type { Worker } from 'mediasoup/types';

/** What one worker does at this moment. */
export interface WorkerUsage {
  readonly pid: number;
  /** The share of a core that it uses, 0 to 1. */
  readonly cpu: number;
  /** How long it takes to answer a request of this process, in milliseconds. */
  readonly answerMs: number;
}

interface Sample {
  cpu: number;
  answerMs: number;
  /** When a request was sent that is not answered yet, by `performance.now()`. */
  askedAt: number | undefined;
  /** The last answer: the time of the CPU, and when it came; in milliseconds. */
  last: { cpuMs: number; at: number } | undefined;
}

/** Measures what the workers do, each time that it is asked to. */
export class WorkerMeter {
  readonly #workers: () => readonly Worker[];
  readonly #samples = new WeakMap<Worker, Sample>();

  constructor(workers: () => readonly Worker[]) {
    this.#workers = workers;
  }

  /** What the workers did by the last answers. One that does not answer counts by how long it has not. */
  get usages(): WorkerUsage[] {
    const now = performance.now();
    return this.#workers().map((worker) => {
      const { cpu, answerMs, askedAt } = this.#sampleOf(worker);
      const waitedMs = askedAt === undefined ? 0 : now - askedAt;
      return { pid: worker.pid, cpu, answerMs: Math.max(answerMs, waitedMs) };
    });
  }

  /** Asks each worker that has answered before. */
  measure(): void {
    for (const worker of this.#workers()) void this.#measure(worker, this.#sampleOf(worker));
  }

  async #measure(worker: Worker, sample: Sample): Promise<void> {
    if (sample.askedAt !== undefined) return;
    const askedAt = performance.now();
    sample.askedAt = askedAt;
    try {
      const { ru_utime, ru_stime } = await worker.getResourceUsage();
      const at = performance.now();
      const cpuMs = ru_utime + ru_stime;
      if (sample.last) sample.cpu = (cpuMs - sample.last.cpuMs) / (at - sample.last.at);
      sample.answerMs = at - askedAt;
      sample.last = { cpuMs, at };
      sample.askedAt = undefined;
    } catch {
      // The worker has died.
    }
  }

  #sampleOf(worker: Worker): Sample {
    const known = this.#samples.get(worker);
    if (known) return known;
    const sample = { cpu: 0, answerMs: 0, askedAt: undefined, last: undefined };
    this.#samples.set(worker, sample);
    return sample;
  }
}
