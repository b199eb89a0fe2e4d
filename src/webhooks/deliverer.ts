/** The thread that delivers, as the server sees it. */
import { EventEmitter, once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { DelivererConfig, FromDeliverer, ToDeliverer } from './delivery/messages.ts';

/** The sources run as they are; in production the thread is a bundle beside that of the server. */
const THREAD = import.meta.url.endsWith('.ts') ? './delivery/thread.ts' : './webhook-thread.js';
/** How long it may take to end, in milliseconds. */
const CLOSE_TIMEOUT_MS = 500;

/** Emits `message`, and `lost` when the thread has died of an error. */
export class Deliverer extends EventEmitter<{ message: [FromDeliverer]; lost: [error: unknown] }> {
  readonly #thread: Worker;
  #closing = false;

  constructor(config: DelivererConfig) {
    super();
    this.#thread = new Worker(new URL(THREAD, import.meta.url), {
      workerData: config,
      name: 'webhooks',
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#thread.on('message', (message: FromDeliverer) => this.emit('message', message));
    this.#thread.on('error', (error) => {
      if (!this.#closing) this.emit('lost', error);
    });
  }

  tell(message: ToDeliverer): void {
    this.#thread.postMessage(message);
  }

  /** Begins no other delivery, and resolves when it has told of those that arrived. */
  async close(): Promise<void> {
    this.#closing = true;
    const ended = once(this.#thread, 'exit');
    this.tell({ kind: 'close' });
    const late = setTimeout(() => void this.#thread.terminate(), CLOSE_TIMEOUT_MS);
    await ended;
    clearTimeout(late);
  }
}
