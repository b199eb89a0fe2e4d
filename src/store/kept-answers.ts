/** What was answered to requests with an idempotency key, for a day. */
import type { Database } from './database.ts';
import { sweepInSteps } from './sweep.ts';

export interface KeptAnswer {
  /** A hash of the request. */
  readonly request: string;
  readonly status: number;
  /** Encrypted. */
  readonly body: Uint8Array;
}

const DAY_MS = 86_400_000;
const SWEEP_INTERVAL_MS = 600_000;
const SWEEP_STEP = 200;

/** The answers, by API key and idempotency key. */
export class KeptAnswers {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;

  /** @param now milliseconds since 1970-01-01 UTC; `Date.now` by default */
  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
    const sweep = () => void this.sweep().catch(() => {}); // the database has logged what is wrong
    this.#timer = setInterval(sweep, SWEEP_INTERVAL_MS).unref();
    sweep();
  }

  /** Undefined for one that is older than a day. */
  find(apiKey: string, idempotencyKey: string): KeptAnswer | undefined {
    const row = this.#database.read((sql) =>
      sql
        .prepare('SELECT * FROM kept_answers WHERE api_key = ? AND idempotency_key = ? AND at > ?')
        .get(apiKey, idempotencyKey, this.#now() - DAY_MS),
    );
    if (!row || !(row.body instanceof Uint8Array)) return undefined;
    return { request: String(row.request), status: Number(row.status), body: row.body };
  }

  /** Resolves when it is on disk. Throws `storage_unavailable`. */
  keep(apiKey: string, idempotencyKey: string, { request, status, body }: KeptAnswer): Promise<void> {
    return this.#database.write((sql) => {
      sql
        .prepare('INSERT OR REPLACE INTO kept_answers VALUES (?, ?, ?, ?, ?, ?)')
        .run(apiKey, idempotencyKey, request, status, body, this.#now());
    });
  }

  async sweep(): Promise<void> {
    const before = this.#now() - DAY_MS;
    await sweepInSteps(this.#database, (sql) => {
      const { changes } = sql
        .prepare(
          `DELETE FROM kept_answers WHERE (api_key, idempotency_key) IN
             (SELECT api_key, idempotency_key FROM kept_answers WHERE at <= ? LIMIT ?)`,
        )
        .run(before, SWEEP_STEP);
      return Number(changes);
    });
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
