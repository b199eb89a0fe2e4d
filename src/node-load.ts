/** How busy this node is, and whom it refuses for that. */
import type { LoadLimits } from './config/load.ts';
import type { Logger } from './lib/logger.ts';
import { LoopDelay } from './lib/loop-delay.ts';
import { Overload, type Refusing } from './lib/overload.ts';
import type { WorkerMeter, WorkerUsage } from './media/worker-meter.ts';

interface Options {
  limits: LoadLimits;
  workers: WorkerMeter;
  logger: Logger;
}

/** One measure as a share of its limit, with a sentence for operators. */
interface Pressure {
  readonly share: number;
  readonly sentence: string;
}

/** How often it is measured, in milliseconds. */
const INTERVAL_MS = 1000;

export class NodeLoad {
  readonly #options: Options;
  readonly #overload = new Overload();
  readonly #loopDelay = new LoopDelay();
  readonly #timer = setInterval(() => this.#measure(), INTERVAL_MS).unref();
  #loopDelayMs = 0;
  #reason = '';

  constructor(options: Options) {
    this.#options = options;
  }

  get refusing(): Refusing {
    return this.#overload.refusing;
  }

  /** Why; of interest while anybody is refused. */
  get reason(): string {
    return this.#reason;
  }

  /** The median of the last second, in milliseconds. */
  get loopDelayMs(): number {
    return this.#loopDelayMs;
  }

  get workers(): readonly WorkerUsage[] {
    return this.#options.workers.usages;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#loopDelay.close();
  }

  #measure(): void {
    const { workers, logger } = this.#options;
    this.#loopDelayMs = this.#loopDelay.takeMedian();
    workers.measure();
    const highest = this.#pressures().reduce((a, b) => (b.share > a.share ? b : a), NO_PRESSURE);
    if (highest.share >= 1) this.#reason = highest.sentence;
    if (!this.#overload.note(highest.share, performance.now())) return;
    const { refusing } = this.#overload;
    if (refusing === 'nobody') logger.info('the load is back within its limits');
    else logger.warn({ refusing, reason: this.#reason }, 'limit reached');
  }

  #pressures(): Pressure[] {
    const { loopDelayMs, workerCpu, workerAnswerMs } = this.#options.limits;
    const usages = this.workers;
    const cpu = Math.min(...usages.map(({ cpu }) => cpu));
    const answerMs = Math.min(...usages.map(({ answerMs }) => answerMs));
    return [
      pressure(this.#loopDelayMs, loopDelayMs, `the event loop is ${Math.round(this.#loopDelayMs)} ms late`),
      // A room goes to the least busy worker: the others may be full.
      pressure(cpu, workerCpu, `each media worker uses ${Math.round(100 * cpu)} % of a core or more`),
      pressure(
        answerMs,
        workerAnswerMs,
        `each media worker answers after ${Math.round(answerMs)} ms or more`,
      ),
    ];
  }
}

const NO_PRESSURE: Pressure = { share: 0, sentence: '' };

/** @param limit 0 for none */
function pressure(value: number, limit: number, sentence: string): Pressure {
  return limit > 0 && Number.isFinite(value) ? { share: value / limit, sentence } : NO_PRESSURE;
}
