import { EventEmitter } from 'node:events';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Logger } from '../../lib/logger.ts';
import { CertificateError, type Certificates, type KeyPair, parseKeyPair } from './certificates.ts';

export interface CertificateFilesOptions {
  /** The path of the certificate with its chain. */
  certFile: string;
  /** The path of its private key. */
  keyFile: string;
  logger: Logger;
}

/** How often the files are looked at, in milliseconds. A link that leads to another file counts as a change. */
const WATCH_INTERVAL_MS = 2000;

/** A certificate and its key in two files, which are read again when they change. */
export class CertificateFiles extends EventEmitter<{ changed: [KeyPair] }> implements Certificates {
  readonly #options: CertificateFilesOptions;
  readonly #reload = () => this.#tryReload();
  #current: KeyPair;

  /** @throws CertificateError */
  constructor(options: CertificateFilesOptions) {
    super();
    this.#options = options;
    this.#current = readFiles(options);
    this.#logExpiry();
    for (const file of [options.certFile, options.keyFile]) {
      watchFile(file, { interval: WATCH_INTERVAL_MS, persistent: false }, this.#reload);
    }
  }

  get current(): KeyPair {
    return this.#current;
  }

  close(): void {
    for (const file of [this.#options.certFile, this.#options.keyFile]) unwatchFile(file, this.#reload);
    this.removeAllListeners();
  }

  /** The files change one after the other: until they belong together the last certificate stays. */
  #tryReload(): void {
    const { logger } = this.#options;
    try {
      const pair = readFiles(this.#options);
      if (pair.cert === this.#current.cert && pair.key === this.#current.key) return;
      this.#current = pair;
      logger.info({ expiresAt: new Date(pair.expiresAt).toISOString() }, 'certificate replaced');
      this.#logExpiry();
      this.emit('changed', pair);
    } catch (error) {
      logger.warn({ err: error }, 'certificate not replaced, the last one stays');
    }
  }

  #logExpiry(): void {
    if (this.#current.expiresAt <= Date.now()) {
      this.#options.logger.error('the certificate in TLS_CERT has expired: browsers refuse this server');
    }
  }
}

/** @throws CertificateError */
function readFiles({ certFile, keyFile }: CertificateFilesOptions): KeyPair {
  return parseKeyPair(readText('TLS_CERT', certFile), readText('TLS_KEY', keyFile));
}

function readText(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'error';
    throw new CertificateError(`${variable}: ${file} cannot be read (${code}).`, { cause: error });
  }
}
