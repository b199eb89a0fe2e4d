/** The softphone: an entry point of its own, as it brings the Telnyx SDK with it. */
export { CallEvents, type CallEventsOptions, type CallNews } from './call-events.ts';
export type { GetLoginToken, Login, LoginToken } from './login.ts';
export { Phone } from './phone.ts';
export { PhoneCall, type PhoneCallEvents, type PhoneCallState } from './phone-call.ts';
export { PhoneError, type PhoneErrorCode } from './phone-error.ts';
export type { DialOptions, PhoneEvents, PhoneOptions, PhoneState } from './phone-options.ts';
