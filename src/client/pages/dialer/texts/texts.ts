/** What a language has to say: all that the page says. */
type Named = (name: string) => string;
type Said = (message: string) => string;

/** Codes of the server and of this page; `/ws` and others may bring more. */
type Code =
  | 'microphone_denied'
  | 'microphone_missing'
  | 'microphone_failed'
  | 'insecure_page'
  | 'token_missing'
  | 'token_expired'
  | 'forbidden'
  | 'origin_not_allowed'
  | 'telephony_off'
  | 'telnyx_key_refused'
  | 'telnyx_not_found'
  | 'telnyx_refused'
  | 'telnyx_unavailable'
  | 'rate_limited'
  | 'unreachable'
  | 'offline'
  | 'login_refused'
  | 'not_ready'
  | 'no_number'
  | 'call_failed'
  | 'hold_failed'
  | 'device_failed';

export interface Texts {
  dir: 'ltr' | 'rtl';
  title: string;
  /** By the state of the softphone. */
  states: Record<'offline' | 'connecting' | 'ready' | 'reconnecting' | 'failed', string>;
  /** What is missing where it is logged in. */
  without: Record<'network' | 'microphone', string>;
  stateLabel: string;
  tools: Record<'refresh' | 'refreshing' | 'tryAgain' | 'dismiss', string>;
  dial: Record<
    'title' | 'number' | 'placeholder' | 'callFrom' | 'call' | 'delete' | 'keypad' | 'plus',
    string
  >;
  call: Record<
    | 'incoming'
    | 'outgoing'
    | 'ringing'
    | 'dialling'
    | 'active'
    | 'held'
    | 'ended'
    | 'answer'
    | 'refuse'
    | 'hangup'
    | 'mute'
    | 'hold'
    | 'keypad'
    | 'duration'
    | 'sent'
    | 'unknown',
    string
  > & { calls: Named; ringTitle: Named; endedWith: (name: string, cause: string | undefined) => string };
  /** By Telnyx's word, in small letters: why a call ended. */
  causes: Readonly<Record<string, string>>;
  recent: Record<'title' | 'empty' | 'in' | 'out' | 'missed' | 'unanswered' | 'going', string> & {
    callAgain: Named;
  };
  devices: Record<
    'title' | 'mic' | 'speaker' | 'standard' | 'test' | 'notify' | 'notifying' | 'notifyBlocked',
    string
  >;
  events: Record<'title' | 'empty', string>;
  log: Record<'title' | 'renewed' | 'eventsOn' | 'eventsOff', string>;
  problems: {
    codes: Record<Code, Said> & Readonly<Record<string, Said | undefined>>;
    badToken: Said;
    unknown: Said;
  };
}
