/** Why a call could not be made or taken. */
export type PhoneErrorCode =
  /** The user, the browser or the system does not allow the microphone. */
  | 'microphone_denied'
  | 'microphone_missing'
  /** It is there, and cannot be opened: mostly as something else has it. */
  | 'microphone_failed'
  /** Over plain HTTP from another host, browsers have no microphones at all. */
  | 'insecure_page'
  /** There is no login at Telnyx now. */
  | 'not_ready'
  | 'call_failed';

const sentences: Readonly<Record<Exclude<PhoneErrorCode, 'call_failed'>, string>> = {
  microphone_denied: 'The microphone is not allowed: allow it for this page in the browser, and call again.',
  microphone_missing: 'There is no microphone: plug one in, and call again.',
  microphone_failed: 'The microphone cannot be opened: close what else uses it, and call again.',
  insecure_page: 'Browsers give microphones to pages over HTTPS alone: open this page by its https address.',
  not_ready: 'The softphone is not ready: wait until it is, or connect it.',
};

/** The message is a sentence for the user; the cause is the Telnyx SDK's error, where there is one. */
export class PhoneError extends Error {
  override readonly name = 'PhoneError';
  readonly code: PhoneErrorCode;

  constructor(code: Exclude<PhoneErrorCode, 'call_failed'>, options?: ErrorOptions);
  constructor(code: 'call_failed', options: ErrorOptions & { message: string });
  constructor(code: PhoneErrorCode, options: ErrorOptions & { message?: string } = {}) {
    super(code === 'call_failed' ? options.message : sentences[code], options);
    this.code = code;
  }
}

/** The Telnyx SDK's codes of what the browser said of the microphone. */
const microphoneCodes: ReadonlyMap<number, 'microphone_denied' | 'microphone_missing' | 'microphone_failed'> =
  new Map([
    [42001, 'microphone_denied'],
    [42002, 'microphone_missing'],
    [42003, 'microphone_failed'],
  ]);

/** Its code of a call that was ended while it was made, which is nobody's failure. */
const CLOSED_IN_SETUP = 44005;

/** What the Telnyx SDK says of a call, where it ends the call; undefined where the call goes on. */
export function phoneErrorOf(
  error: { code: number; message: string; fatal?: boolean },
  hasMicrophones = Boolean(navigator.mediaDevices),
): PhoneError | undefined {
  const code = microphoneCodes.get(error.code);
  if (code) return new PhoneError(hasMicrophones ? code : 'insecure_page', { cause: error });
  if (!error.fatal || error.code === CLOSED_IN_SETUP) return undefined;
  return new PhoneError('call_failed', { cause: error, message: `${error.message}.`.replace('..', '.') });
}
