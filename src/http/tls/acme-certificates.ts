import { EventEmitter } from 'node:events';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../lib/logger.ts';
import { type AcmeOptions, createKey, orderCertificate } from './acme-order.ts';
import { type Certificates, type KeyPair, parseKeyPair } from './certificates.ts';
import type { Challenges } from './challenges.ts';

interface Parts extends AcmeOptions {
  /** Where the account's key and the certificate are stored. */
  folder: string;
  challenges: Challenges;
  logger: Logger;
}

/** A certificate is renewed when this part of its life is left, as Let's Encrypt recommends. */
const RENEWAL_SHARE = 1 / 3;
/** The delay after a failure doubles up to the longest. Let's Encrypt allows five failures an hour. */
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 6 * 3_600_000;
/** Timers of Node end after 24.8 days, and clocks change. */
const LONGEST_TIMER_MS = 12 * 3_600_000;

/** A certificate that an authority issues and renews over ACME. It is stored, so that a start needs no authority. */
export class AcmeCertificates extends EventEmitter<{ changed: [KeyPair] }> implements Certificates {
  readonly #options: Parts;
  #current: KeyPair | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @throws Error of the system when the folder cannot be written */
  constructor(options: Parts) {
    super();
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.#current = this.#readStored();
  }

  get current(): KeyPair | undefined {
    return this.#current;
  }

  /** Orders a certificate where there is none, and when it ends soon. To be called when challenges can be answered. */
  start(): void {
    this.#schedule(this.#current ? renewalTime(this.#current) - Date.now() : 0);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.removeAllListeners();
  }

  #schedule(delayMs: number): void {
    if (this.#closed) return;
    const isFar = delayMs > LONGEST_TIMER_MS;
    const next = () => (isFar ? this.start() : void this.#renew());
    this.#timer = setTimeout(next, Math.max(0, Math.min(delayMs, LONGEST_TIMER_MS)));
    this.#timer.unref();
  }

  async #renew(): Promise<void> {
    const { domain, logger, challenges } = this.#options;
    try {
      const accountKey = await this.#accountKey();
      const pair = this.#store(await orderCertificate(this.#options, { accountKey, challenges }));
      if (this.#closed) return;
      this.#current = pair;
      this.#failures = 0;
      logger.info({ domain, expiresAt: new Date(pair.expiresAt).toISOString() }, 'certificate issued');
      this.emit('changed', pair);
      this.start();
    } catch (error) {
      if (this.#closed) return;
      const retryMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
      logger.error({ err: error, domain, retryMs }, 'the authority has not issued a certificate');
      this.#schedule(retryMs);
    }
  }

  async #accountKey(): Promise<string> {
    const stored = this.#read('account.key');
    if (stored !== undefined) return stored;
    const key = await createKey();
    this.#write('account.key', key);
    return key;
  }

  /** One file for both, so that they always belong together. */
  #store({ cert, key }: { cert: string; key: string }): KeyPair {
    const pair = parseKeyPair(cert, key);
    this.#write(`${this.#options.domain}.json`, JSON.stringify({ cert, key }));
    return pair;
  }

  /** Undefined where there is none that could be used. */
  #readStored(): KeyPair | undefined {
    const { domain, logger } = this.#options;
    const text = this.#read(`${domain}.json`);
    if (text === undefined) return undefined;
    try {
      const { cert, key }: { cert: string; key: string } = JSON.parse(text);
      return parseKeyPair(cert, key);
    } catch (error) {
      logger.warn({ err: error, domain }, 'the stored certificate cannot be used');
      return undefined;
    }
  }

  #read(name: string): string | undefined {
    try {
      return readFileSync(join(this.#options.folder, name), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #write(name: string, text: string): void {
    const file = join(this.#options.folder, name);
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}

function renewalTime({ validFrom, expiresAt }: KeyPair): number {
  return expiresAt - RENEWAL_SHARE * (expiresAt - validFrom);
}
