/** The states of the room page that are worth a look. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { Drawn } from './crowd.ts';
import { longNames, others } from './people.ts';

declare global {
  interface Window {
    /** All that the page has opened. */
    sockets: WebSocket[];
  }
}

export interface State {
  name: string;
  others: Drawn[];
  /** Where a link that joins at once leads; without it, the picture is of the screen before a call. */
  until?: 'joined' | 'joining' | 'waiting' | 'left' | 'refused' | 'silent';
  /** What is done in the page once all are there. */
  act?: (page: Page) => Promise<unknown>;
  query?: Record<string, string>;
  /** Runs in the page before its own script. */
  prepare?: () => unknown;
  options?: BrowserContextOptions;
}

const press = (label: string) => (page: Page) =>
  page.getByRole('button', { name: label, exact: true }).click();
const deny = () => {
  navigator.mediaDevices.getUserMedia = async () => {
    throw new DOMException('no', 'NotAllowedError');
  };
};
const unplug = () => {
  navigator.mediaDevices.getUserMedia = async () => {
    throw new DOMException('no', 'NotFoundError');
  };
};
const occupy = () => {
  navigator.mediaDevices.getUserMedia = async () => {
    throw new DOMException('no', 'NotReadableError');
  };
};
/** As over plain HTTP from another host. */
const distrust = () => {
  Object.defineProperty(navigator, 'mediaDevices', { value: undefined });
  Object.defineProperty(window, 'isSecureContext', { value: false });
};
const withoutWebRtc = () => Reflect.deleteProperty(window, 'RTCPeerConnection');
const keepSockets = () => {
  window.sockets = [];
  window.WebSocket = class extends WebSocket {
    constructor(...[url, protocols]: ConstructorParameters<typeof WebSocket>) {
      super(url, protocols);
      window.sockets.push(this);
    }
  };
};
/** Nothing listens where the page looks for its server. */
const breakSockets = () => {
  window.WebSocket = class extends WebSocket {
    constructor() {
      super('ws://127.0.0.1:9');
    }
  };
};
/** The server is there, and says nothing. */
const hangSockets = () => {
  window.WebSocket = class extends EventTarget {
    close() {}
  } as unknown as typeof WebSocket;
};
/** The connection is lost, and does not come back. */
const loseServer = async (page: Page) => {
  await page.evaluate(breakSockets);
  await page.evaluate(() => {
    for (const socket of window.sockets) socket.close();
  });
  await page.waitForSelector('html[data-state=reconnecting]');
};
/** The server is away when somebody wants to join. */
const joinNowhere = async (page: Page) => {
  await page.route('**/api/**', (route) => route.abort());
  await press('Join')(page);
  await page.getByText('The server cannot be reached.').waitFor();
};
const CHAT = others(3).map((one, index) => ({
  ...one,
  says:
    ['Good morning!', 'The notes are at https://example.org/a/rather/long/link?to=them', 'Thank you'][
      index
    ] ?? '',
}));
const GUEST = { query: { user_type: 'guest' } };
const sharing = (people: Drawn[]) => people.map((one, index) => ({ ...one, screen: index === 0 }));

/** Calls, and how they end. */
const CALLS: State[] = [
  ...[0, 1, 5, 16].map((count) => ({ name: `people-${count + 1}`, others: others(count) })),
  ...[2, 16].map((count) => ({ name: `screen-${count + 1}`, others: sharing(others(count)) })),
  {
    name: 'chat',
    others: CHAT,
    act: async (page) => {
      await press('Chat')(page);
      await page.getByText('Thank you').waitFor();
    },
  },
  { name: 'unread', others: CHAT, act: (page) => page.locator('.badge', { hasText: '3' }).waitFor() },
  { name: 'people-list', others: others(7), act: (page) => page.keyboard.press('p') },
  { name: 'devices', others: others(2), act: (page) => page.keyboard.press('d') },
  { name: 'keys', others: others(2), act: (page) => page.keyboard.press('?') },
  { name: 'more', others: others(2), act: press('More') },
  {
    name: 'host-actions',
    others: others(4),
    act: async (page) => {
      await page.keyboard.press('p');
      await page.getByRole('button', { name: 'Actions for Jonas Weber' }).click();
    },
  },
  { name: 'long-names', others: longNames() },
  { name: 'rtl', others: sharing(others(4)), query: { dir: 'rtl' }, act: press('Chat') },
  {
    name: 'held',
    others: others(4),
    act: async (page) => {
      await page.keyboard.press('p');
      const actions = page.getByRole('button', { name: 'Actions for Jonas Weber' });
      await actions.click();
      const hold = page.getByRole('button', { name: 'Mute the microphone until I allow it' });
      if (!(await hold.isVisible())) return; // held since the picture before
      await hold.click();
      await actions.click();
    },
  },
  {
    name: 'bans',
    others: others(2),
    act: async (page) => {
      await press('More')(page);
      await page.getByRole('menuitem', { name: 'Who is kept out' }).click();
    },
  },
  { name: 'de', others: sharing(others(4)), query: { lang: 'de' }, act: (page) => page.keyboard.press('p') },
  { name: 'light-chat', others: CHAT, options: { colorScheme: 'light' }, act: press('Chat') },
  { name: 'dark-chat', others: CHAT, options: { colorScheme: 'dark' }, act: press('Chat') },
  { name: 'chat-empty', others: [], act: press('Chat') },
  { name: 'busy', others: others(2), prepare: occupy },
  { name: 'watching', others: others(5), query: { user_type: 'viewer' } },
  { name: 'reconnecting', others: others(4), prepare: keepSockets, act: loseServer },
  { name: 'left', others: [], act: press('Leave') },
];

/** What becomes of a link that joins without a click, where that is not a call. */
const ENDS: State[] = [
  { name: 'silent', others: others(5), until: 'silent', query: { user_type: 'viewer' } },
  { name: 'waiting', others: [{ name: 'Jonas Weber', hue: 28, host: 'lobby' }], until: 'waiting', ...GUEST },
  { name: 'removed', others: [{ name: 'Jonas Weber', hue: 28, host: 'removes' }], until: 'left', ...GUEST },
  { name: 'room-full', others: others(16).concat({ name: 'Ada', hue: 90 }), until: 'refused', ...GUEST },
  { name: 'slow', others: [], until: 'joining', prepare: hangSockets },
  { name: 'no-server', others: [], until: 'refused', prepare: breakSockets },
];

/** The screens before a call; `dark` and `light` are the system's. */
const BEFORE: State[] = [
  { name: 'before-denied', others: [], prepare: deny },
  { name: 'before-missing', others: [], prepare: unplug },
  { name: 'before-busy', others: [], prepare: occupy },
  { name: 'before-insecure', others: [], prepare: distrust },
  { name: 'before-unsupported', others: [], prepare: withoutWebRtc, act: press('Join') },
  { name: 'before-away', others: [], act: joinNowhere },
  { name: 'before-viewer', others: [], query: { user_type: 'viewer' } },
  { name: 'before-bad-link', others: [], query: { token: 'wrong' } },
  ...inBothSchemes(),
];

function inBothSchemes(): State[] {
  return (['light', 'dark'] as const).flatMap((colorScheme) => [
    { name: `before-${colorScheme}`, others: [], options: { colorScheme } },
    {
      name: `before-invited-${colorScheme}`,
      others: [],
      options: { colorScheme },
      query: { token: 'yes' },
    },
  ]);
}

export const STATES: readonly State[] = [
  ...CALLS.map((state): State => ({ until: 'joined', ...state })),
  ...ENDS,
  ...BEFORE,
];
