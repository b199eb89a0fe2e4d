import { type Code, codes, type WireError } from '../protocol/codes.ts';

export interface AppErrorOptions extends ErrorOptions {
  retryAfterMs?: number;
}

/** What callers are told to wait where nothing better is known, in milliseconds. */
const DEFAULT_RETRY_MS = 1000;

/** A refusal or a failure with a stable code: what a caller is told. Anything else is answered `internal`. */
export class AppError extends Error {
  readonly code: Code;
  /** How long the caller should wait before it tries again, in milliseconds, where that is known. */
  readonly retryAfterMs: number | undefined;

  constructor(code: Code, message: string = codes[code].message, options?: AppErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }

  /** The status of this error where it is an HTTP answer. */
  get httpStatus(): number {
    return codes[this.code].http;
  }

  /** The headers that an HTTP answer with this error has, by their names in lower case. */
  get httpHeaders(): Readonly<Record<string, string>> {
    const { httpStatus: status } = this;
    const waitMs = this.retryAfterMs ?? (status === 429 ? DEFAULT_RETRY_MS : undefined);
    return {
      'cache-control': 'no-store',
      // RFC 9110 section 11.6.1: a 401 says how to authenticate.
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      // RFC 6585 section 4 and RFC 9110 section 10.2.3, in whole seconds.
      ...(waitMs !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) }),
    };
  }

  /** What goes over the wire. */
  toWire(): WireError {
    return { code: this.code, message: this.message };
  }
}

/** The error as an `AppError`: what is none is `internal`, with the original as its cause. */
export function toAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('internal', undefined, { cause: error });
}
