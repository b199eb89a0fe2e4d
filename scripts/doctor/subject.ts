/** What is looked at by the diagnosis of the dialer, and how its failures are put into words. */
import type { TelephonyConfig } from '../../src/config/telephony.ts';
import type { TelnyxApi } from '../../src/telephony/telnyx-api.ts';

export interface Subject {
  telephony: TelephonyConfig;
  /** Whether a softphone is to log in, which takes its incoming calls for a moment. */
  logIn: boolean;
  /** How long an answer may take, in milliseconds. */
  timeoutMs: number;
  /** How long Telnyx needs until a login with a new credential succeeds, in milliseconds. */
  propagationMs: number;
}

/** What later steps know of Telnyx once the first ones have passed. */
export interface Account extends Subject {
  api: TelnyxApi;
}

/** What is wrong, without the full stop. */
export function sentenceOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}

/** What to do when Telnyx's API refuses, by its code. */
export function adviceFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'telnyx_key_refused') {
    return 'Make a key in the portal (Account settings, Keys & Credentials, API Keys) and put it into TELNYX_API_KEY.';
  }
  if (code === 'telnyx_not_found') return 'Compare the id with the one that the portal shows.';
  if (code === 'telnyx_refused')
    return 'Do what Telnyx says, or look at the request in the portal (Debugging, API).';
  return 'See whether this machine reaches https://api.telnyx.com and whether status.telnyx.com tells of a failure.';
}
