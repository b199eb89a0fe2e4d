import type { Texts } from './texts.ts';

const LINK = 'Ask whoever gave you the link for a new one.';
const OPERATOR = 'Tell the operator of this server';

/** English. */
export const en: Texts = {
  dir: 'ltr',
  title: 'Softphone',
  states: {
    offline: 'Offline',
    connecting: 'Connecting…',
    ready: 'Ready',
    reconnecting: 'Coming back…',
    failed: 'Not ready',
  },
  without: { network: 'No network', microphone: 'No microphone' },
  stateLabel: 'State of the softphone',
  tools: {
    refresh: 'Refresh token',
    refreshing: 'Refreshing…',
    tryAgain: 'Try again',
    dismiss: 'Dismiss',
  },
  dial: {
    title: 'Make a call',
    number: 'Number',
    placeholder: '+1 555 123 4567',
    callFrom: `Call from`,
    call: 'Call',
    delete: 'Delete the last digit',
    keypad: 'Keypad',
    plus: 'hold for +',
  },
  call: {
    incoming: 'Incoming call',
    outgoing: 'Outgoing call',
    ringing: 'is calling',
    dialling: 'Calling…',
    active: 'In the call',
    held: 'On hold',
    ended: 'Call ended',
    answer: 'Answer',
    refuse: 'Refuse',
    hangup: 'Hang up',
    mute: 'Mute',
    hold: 'Hold',
    keypad: 'Keypad',
    duration: 'Duration',
    sent: 'Sent',
    unknown: 'Unknown number',
    calls: (name) => `${name} is calling.`,
    ringTitle: (name) => `${name} is calling`,
    endedWith: (name, cause) => `The call with ${name} has ended${cause ? `: ${cause}` : ''}.`,
  },
  causes: {
    user_busy: 'the line is busy',
    no_answer: 'nobody answered',
    timeout: 'nobody answered',
    no_user_response: 'nobody answered',
    call_rejected: 'it was refused',
    unallocated_number: 'there is no such number',
    not_found: 'there is no such number',
    invalid_number_format: 'this is no number that can be called',
    originator_cancel: 'the caller hung up',
    time_limit: 'the longest time was reached',
    network_out_of_order: 'the network failed',
    recovery_on_timer_expire: 'the other end did not answer in time',
  },
  recent: {
    title: 'Recent calls',
    empty: 'The calls of the last 24 hours will be here.',
    in: 'incoming',
    out: 'outgoing',
    missed: 'missed',
    unanswered: 'not answered',
    going: 'going on',
    callAgain: (name) => `Take ${name} as the number to call`,
  },
  devices: {
    title: 'Sound and notifications',
    mic: 'Microphone',
    speaker: 'Speaker',
    standard: 'Standard',
    test: 'Test the speaker',
    notify: 'Notify me of calls in other windows',
    notifying: 'You are notified of calls while this page is in the background.',
    notifyBlocked: 'Notifications are blocked. Allow them in the address bar to be told of calls elsewhere.',
  },
  events: {
    title: 'Call events',
    empty: 'What happens to calls will be told here as it comes.',
  },
  log: {
    title: 'Connection log',
    renewed: 'The login was renewed',
    eventsOn: 'Call events: connected',
    eventsOff: 'Call events: disconnected',
  },
  problems: {
    codes: {
      microphone_denied: () =>
        'The microphone is not allowed. Allow it in the address bar to make and take calls.',
      microphone_missing: () => 'No microphone was found. Plug one in to make and take calls.',
      microphone_failed: () =>
        'The microphone did not start: another program may have it. Close that, or choose another one.',
      insecure_page: () =>
        'Browsers give the microphone only to pages over HTTPS or on localhost. Ask for an https:// link.',
      token_missing: () => `You need a link with a token of an agent. ${LINK}`,
      token_expired: () => `Your link has ended. ${LINK}`,
      forbidden: () => `Your link is not one of an agent, who alone can call. ${LINK}`,
      origin_not_allowed: () =>
        `The server does not take softphones from this address. ${OPERATOR} to allow it (ALLOWED_ORIGINS).`,
      telephony_off: (message) =>
        `Telephony is not set up on this server: ${message}. ${OPERATOR} to run “npm run doctor -- telephony”.`,
      telnyx_key_refused: () =>
        `Telnyx refuses the API key of this server. ${OPERATOR} to check TELNYX_API_KEY.`,
      telnyx_not_found: () =>
        `Telnyx does not find the credential of this server. ${OPERATOR} to run “npm run doctor -- telephony”.`,
      telnyx_refused: (message) => `Telnyx gives no login: ${message}. ${OPERATOR}.`,
      telnyx_unavailable: () => 'Telnyx cannot be reached just now. Try again in a moment.',
      rate_limited: () => 'That was too often. Wait a minute and try again.',
      unreachable: () => 'The server cannot be reached. Check your connection and try again.',
      offline: () => 'This computer has no network. The softphone comes back when it has one.',
      login_refused: (message) =>
        `Telnyx did not take the login: ${message}. Try again; if it stays so, tell the operator of this server.`,
      not_ready: () => 'The softphone is not ready yet. Wait until it is, and call again.',
      no_number: () => 'This is no number that can be called. Write it as +1 555 123 4567.',
      call_failed: (message) => `The call could not be made: ${message} Try again.`,
      hold_failed: () => 'The call could not be put on hold or taken up again. Try once more.',
      device_failed: () => 'This device could not be used. Choose another one.',
    },
    badToken: (message) => `The server did not accept your link: ${message}. ${LINK}`,
    unknown: (message) => `Something went wrong: ${message}. Reload the page and try again.`,
  },
};
