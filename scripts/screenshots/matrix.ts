/** Every state of the room page in every size, for somebody to look at. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { TestServer } from '../../tests/support/server.ts';
import { bringCrowd, type Drawn } from './crowd.ts';
import { drawCameras } from './drawn-cameras.ts';
import { longNames, others } from './people.ts';

const SIZES = {
  '1280x800': { width: 1280, height: 800 },
  '1920x1080': { width: 1920, height: 1080 },
  '390x844': { width: 390, height: 844 },
  '844x390': { width: 844, height: 390 },
};

interface State {
  name: string;
  others: Drawn[];
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
const sharing = (people: Drawn[]) => people.map((one, index) => ({ ...one, screen: index === 0 }));

const STATES: State[] = [
  ...[0, 1, 5, 16].map((count) => ({ name: `people-${count + 1}`, others: others(count) })),
  ...[2, 16].map((count) => ({ name: `screen-${count + 1}`, others: sharing(others(count)) })),
  { name: 'chat', others: CHAT, act: press('Chat') },
  { name: 'unread', others: CHAT },
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
      await press('Who is kept out')(page);
    },
  },
  { name: 'left', others: [], act: press('Leave') },
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

/** Takes all of them, or those whose names have `only` in them. */
export async function takeMatrix(
  browser: Browser,
  server: TestServer,
  folder: string,
  only = '',
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const state of STATES) {
    if (!state.name.includes(only)) continue;
    const crowd = await bringCrowd(browser, server, state.name, state.others);
    for (const [size, viewport] of Object.entries(SIZES)) {
      const page = await open(browser, server, state, viewport, true);
      await page.waitForSelector('html[data-state=joined]');
      await page.waitForTimeout(state.others.length > 5 ? 5000 : 3500); // pictures, and what is said
      await state.act?.(page);
      await take(page, join(folder, `${state.name}-${size}.png`));
    }
    await crowd.close();
  }
  for (const state of BEFORE) {
    if (!state.name.includes(only)) continue;
    for (const [size, viewport] of Object.entries(SIZES)) {
      const page = await open(browser, server, state, viewport, false);
      await page.waitForTimeout(1500);
      await state.act?.(page);
      await take(page, join(folder, `${state.name}-${size}.png`));
    }
  }
}

async function open(
  browser: Browser,
  server: TestServer,
  { name, query = {}, options = {}, prepare }: State,
  viewport: { width: number; height: number },
  join: boolean,
): Promise<Page> {
  const context = await browser.newContext({ viewport, ...options });
  const page = await context.newPage();
  await page.addInitScript(drawCameras, 210);
  if (prepare) await page.addInitScript(prepare);
  const { token, ...rest } = query;
  const search = new URLSearchParams({ room: name, name: 'Anna Berg', user_type: 'host', ...rest });
  if (join) search.set('join', '1');
  const claims = { user_id: 'anna', name: 'Anna Berg', room: name };
  const fragment = token ? `#token=${server.token(claims)}${token === 'wrong' ? 'x' : ''}` : '';
  await page.goto(`${server.url}/?${search}${fragment}`);
  return page;
}

async function take(page: Page, path: string): Promise<void> {
  await page.waitForTimeout(400); // what moves comes to rest
  await page.screenshot({ path });
  await page.context().close();
}
