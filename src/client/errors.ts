import { type Code, codes } from '../protocol/codes.ts';

/** What fails on the client's own side; the codes of the server stand in `protocol/codes.ts`. */
const ownCodes = {
  unreachable: { retry: true, message: 'the server cannot be reached' },
  source_stopped: { retry: false, message: 'a host has stopped this source' },
  unsupported: { retry: false, message: 'this browser cannot take part in calls' },
} as const;

/** A stable code of the server, or of what fails before it is reached. */
export type ErrorCode = Code | keyof typeof ownCodes;

/** A newer server may have codes that are not here. */
const known: Readonly<Partial<Record<ErrorCode, { retry: boolean; message: string }>>> = {
  ...codes,
  ...ownCodes,
};

/** What the SDK rejects with. */
export class RoomError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string = known[code]?.message ?? code, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RoomError';
    this.code = code;
  }

  /** Whether the same thing may succeed later without a change by the caller. */
  get retry(): boolean {
    return known[this.code]?.retry ?? false;
  }
}

/** Whether this is a code that the SDK knows. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(known, code);
}
