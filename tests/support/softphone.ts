/** A softphone in a page of its own, at a fake of Telnyx. */
import type { Browser, Page } from 'playwright-core';
import type { LoginToken } from '../../src/client/phone/login.ts';
import type { Phone } from '../../src/client/phone/phone.ts';
import type { PhoneCall } from '../../src/client/phone/phone-call.ts';
import { agentToken } from './agent.ts';
import { poll } from './browser.ts';
import { watchConnections } from './sdk.ts';

declare global {
  interface Window {
    phone: Phone;
    /** The call that the page has, or had last. */
    call: PhoneCall;
    /** The names of the states that the softphone has had, in their order: some are over before anybody could ask. */
    phoneStates: string[];
    phoneModule: typeof import('../../src/client/phone/index.ts');
    /** The tokens that a test has made for this page: as a backend would. */
    nextToken(fresh: boolean): Promise<LoginToken>;
    /** What its calls are heard by. */
    speakers: HTMLAudioElement[];
  }
}

/** How a page's softphone logs in. */
export type Access = ((fresh: boolean) => LoginToken) | { username: string; password: string };

export interface SoftphoneOptions {
  serverUrl: string;
  /** Where the fake of Telnyx's WebSocket is. */
  host: string;
  access: Access;
  /** In milliseconds; the softphone's own by default. */
  watchdogInterval?: number;
  /** Whether it follows `/ws`, as alice. */
  events?: boolean;
}

/** A page of the server with a softphone as `window.phone`, on its way to being ready. */
export async function softphone(
  browser: Browser,
  { serverUrl, host, access, watchdogInterval, events = false }: SoftphoneOptions,
): Promise<Page> {
  // The fake is at another port, which the server's policy for its pages does not know.
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  const getsTokens = typeof access === 'function';
  await page.exposeFunction('nextToken', getsTokens ? access : () => undefined);
  await watchConnections(page);
  await page.goto(`${serverUrl}/`);
  // As text: the test runner rewrites an import that it can see.
  await page.evaluate("import('/assets/phone.js').then((module) => { window.phoneModule = module; })");
  await page.evaluate(
    async ({ credentials, at, interval, token }) => {
      const { Audio: OwnAudio } = window;
      window.speakers = [];
      window.Audio = class extends OwnAudio {
        constructor() {
          super();
          window.speakers.push(this);
        }
      };
      const login = credentials ?? {
        getToken: ({ fresh }: { fresh: boolean }) => window.nextToken(fresh),
      };
      const url = `${location.origin.replace('http', 'ws')}/ws`;
      const events =
        token === undefined ? undefined : new window.phoneModule.CallEvents({ url, getToken: () => token });
      window.phone = new window.phoneModule.Phone({
        login,
        host: at,
        iceServers: [],
        ...(interval !== undefined && { watchdogInterval: interval }),
        ...(events && { events }),
      });
      if (events) {
        const connected = new Promise<void>((resolve) => events.once('caughtUp', resolve));
        events.start();
        await connected;
      }
      window.phone.on('call', (call) => {
        window.call = call;
      });
      window.phoneStates = [];
      window.phone.on('state', ({ name }) => window.phoneStates.push(name));
      await window.phone.connect();
    },
    {
      credentials: getsTokens ? undefined : access,
      at: host,
      interval: watchdogInterval,
      token: events ? agentToken() : undefined,
    },
  );
  return page;
}

/** Tokens as of a backend: alice-1, alice-2 and so on. */
export function tokens(refreshInMs = 23 * 3_600_000): { access: Access; made: () => number } {
  let made = 0;
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  const access = () => {
    made += 1;
    // The first is due so soon; those after it are not, so that one renewal is seen.
    const refresh_at = inMs(made === 1 ? refreshInMs : 23 * 3_600_000);
    return { login_token: `alice-${made}`, expires_at: inMs(24 * 3_600_000), refresh_at };
  };
  return { access, made: () => made };
}

/** Waits until the softphone is in this state. Returns it whole. */
export function phoneState(page: Page, name: string) {
  return poll(
    () => page.evaluate(() => window.phone.state),
    (state) => state.name === name,
  );
}

/** What a page says of its call; undefined while it has none. */
export function callOf(page: Page) {
  return page.evaluate(() => {
    if (!window.call) return undefined;
    const { state, direction, number, muted, held, duration, callControlId } = window.call;
    return { state, direction, number, muted, held, duration, callControlId };
  });
}

/** Waits until the page's call is in this state. */
export function callState(page: Page, state: string) {
  return poll(
    () => callOf(page),
    (call) => call?.state === state,
  );
}

/** What has come of the other end's sound: packets, and the energy in it, both of which only grow. */
export function heard(page: Page): Promise<{ packets: number; energy: number; lost: number }> {
  return page.evaluate(async () => {
    const sum = { packets: 0, energy: 0, lost: 0 };
    for (const connection of window.connections) {
      for (const stat of (await connection.getStats()).values()) {
        if (stat.type !== 'inbound-rtp') continue;
        sum.packets += stat.packetsReceived;
        sum.energy += stat.totalAudioEnergy ?? 0;
        sum.lost += stat.packetsLost;
      }
    }
    return sum;
  });
}
