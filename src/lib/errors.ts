import { type Code, codes, type WireError } from '../protocol/codes.ts';

/** A refusal or a failure with a stable code: what a caller is told. Anything else is answered `internal`. */
export class AppError extends Error {
  readonly code: Code;

  constructor(code: Code, message: string = codes[code].message, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
  }

  /** The status of this error where it is an HTTP answer. */
  get httpStatus(): number {
    return codes[this.code].http;
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
