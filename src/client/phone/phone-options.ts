import type { CallEvents } from './call-events.ts';
import type { Login } from './login.ts';
import type { PhoneCall } from './phone-call.ts';

export type PhoneState =
  | { name: 'offline' | 'connecting' | 'ready' | 'reconnecting' }
  /** It does not come back by itself; `reason` says why, in a sentence. */
  | { name: 'failed'; reason: string };

export interface PhoneOptions {
  login: Login;
  /** Where the WebSocket is, instead of Telnyx's own: `wss://host`. */
  host?: string;
  iceServers?: RTCIceServer[];
  /** How often it is checked that Telnyx still has the softphone, in milliseconds; 5 minutes by default. */
  watchdogInterval?: number;
  /** What follows `/ws`: its events are given to the calls that they are about. The softphone neither starts nor stops it. */
  events?: CallEvents;
}

/** The line of the log beside the event `renewed`. */
export const RENEWED = 'the login is renewed';

export interface PhoneEvents {
  state: [state: PhoneState];
  /** Somebody calls. */
  incoming: [call: PhoneCall];
  /** A call that was dialled or taken is there. */
  call: [call: PhoneCall];
  /** The login was renewed on the open socket. */
  renewed: [];
  /** What is worth a line in a log of the connection. */
  log: [line: string];
}

export interface DialOptions {
  /** The number that the other end sees, in E.164; one of the account's own. */
  from?: string;
}
