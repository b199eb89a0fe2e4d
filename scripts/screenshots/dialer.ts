/**
 * Pictures of the softphone's page, of real calls at a fake of Telnyx: `node scripts/screenshots/dialer.ts` takes the one
 * in the docs, with a folder behind it every state in every size instead.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { launch } from '../../tests/support/browser.ts';
import {
  becomes,
  type DialerPageOptions,
  type Dialing,
  NUMBERS,
  openDialer,
  startDialing,
} from '../../tests/support/dialer.ts';

const SIZES = {
  '1280x800': { width: 1280, height: 800 },
  '1920x1080': { width: 1920, height: 1080 },
  '390x844': { width: 390, height: 844 },
  '844x390': { width: 844, height: 390 },
  '360x640': { width: 360, height: 640 },
};

interface State {
  name: string;
  options?: DialerPageOptions;
  /** What the page is brought to once it is open; `bob` is another softphone, which is ready. */
  act: (page: Page, bob: Page) => Promise<unknown>;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const key = (page: Page, digit: string) => page.locator('.key').filter({ hasText: digit });

async function ringAt(page: Page, bob: Page): Promise<void> {
  await becomes(page, 'ready');
  await bob.getByLabel('Number').fill(NUMBERS.alice ?? '');
  await bob.getByRole('button', { name: 'Call', exact: true }).click();
  await page.locator('.call.ringing').waitFor();
}

async function talk(page: Page, bob: Page): Promise<void> {
  await ringAt(page, bob);
  await page.locator('.answer').click();
  await page.mouse.move(0, 0);
  await page.locator('.call.active').waitFor();
}

const deny = (page: Page) =>
  page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException('no', 'NotAllowedError');
    };
  });

const STATES: State[] = [
  { name: 'idle', act: (page) => becomes(page, 'ready') },
  { name: 'idle-dark', options: { colorScheme: 'dark' }, act: (page) => becomes(page, 'ready') },
  { name: 'idle-de', options: { locale: 'de-DE' }, act: (page) => becomes(page, 'ready') },
  { name: 'idle-rtl', options: { query: 'dir=rtl' }, act: (page) => becomes(page, 'ready') },
  { name: 'ringing', act: ringAt },
  { name: 'ringing-dark', options: { colorScheme: 'dark' }, act: ringAt },
  { name: 'call', act: talk },
  { name: 'call-dark', options: { colorScheme: 'dark' }, act: talk },
  { name: 'call-de', options: { locale: 'de-DE' }, act: talk },
  {
    name: 'call-keypad',
    act: async (page, bob) => {
      await talk(page, bob);
      await button(page, 'Keypad').click();
      for (const digit of '42#') await key(page, digit).click();
      await button(page, 'Mute').click();
    },
  },
  { name: 'denied', options: { prepare: deny }, act: (page) => becomes(page, 'ready') },
  { name: 'failed', options: { token: 'a.b.c' }, act: (page) => becomes(page, 'failed') },
  {
    name: 'failed-dark',
    options: { token: 'a.b.c', colorScheme: 'dark' },
    act: (page) => becomes(page, 'failed'),
  },
  {
    name: 'wrong-number',
    act: async (page) => {
      await becomes(page, 'ready');
      await page.getByLabel('Number').fill('hello');
      await button(page, 'Call').click();
      await page.locator('.problem').waitFor();
    },
  },
];

const folder = process.argv[2];
const browser = await launch();
try {
  if (folder) await takeMatrix(browser, folder, process.argv[3] ?? '');
  else await takeOne(browser);
} finally {
  await browser.close();
}

/** The picture of the docs: in a call, with some calls before it. */
async function takeOne(browser: Browser): Promise<void> {
  const dialing = await startDialing({ LOG_LEVEL: 'silent' });
  const bob = await bobAt(browser, dialing);
  const page = await openDialer(browser, dialing);
  await history(page, bob);
  await talk(page, bob);
  await page.waitForTimeout(7000); // the call has lasted for a while
  await page.screenshot({ path: fileURLToPath(new URL('../../docs/dialer.png', import.meta.url)) });
  await browser.close();
  await dialing.close();
}

/** Calls that were: one that was answered, one that was missed. */
async function history(page: Page, bob: Page): Promise<void> {
  await talk(page, bob);
  await page.waitForTimeout(3000);
  await page.locator('.hangup').click();
  await ringAt(page, bob);
  await bob.locator('.hangup').click();
  await page.locator('.row.missed').waitFor();
}

async function bobAt(browser: Browser, dialing: Dialing): Promise<Page> {
  // Somebody from outside: whose number is none of the agents'.
  const prepare = (page: Page) =>
    page.route('**/api/v1/telephony/config', async (route) => {
      const response = await route.fetch();
      return route.fulfill({ response, json: { ...(await response.json()), from_numbers: [NUMBERS.bob] } });
    });
  const bob = await openDialer(browser, dialing, { user: 'bob', prepare });
  await becomes(bob, 'ready');
  return bob;
}

async function takeMatrix(browser: Browser, folder: string, only: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const dialing = await startDialing({ LOG_LEVEL: 'silent' });
  const bob = await bobAt(browser, dialing);
  for (const { name, options, act } of STATES) {
    if (!name.includes(only)) continue;
    for (const [size, viewport] of Object.entries(SIZES)) {
      const page = await openDialer(browser, dialing, { ...options, viewport });
      await act(page, bob);
      await page.waitForTimeout(600); // what moves comes to rest
      await page.screenshot({ path: join(folder, `${name}-${size}.png`) });
      await page.context().close();
      const hangup = bob.locator('.hangup');
      if (await hangup.isVisible()) await hangup.click();
    }
  }
  await dialing.close();
}
