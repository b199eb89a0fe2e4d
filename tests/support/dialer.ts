/** The softphone's page as an agent has it: a server, and behind it a fake of Telnyx with everything on. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { agentToken } from './agent.ts';
import { watchConnections } from './sdk.ts';
import { startServer, type TestServer } from './server.ts';
import { FakeTelnyx } from './telnyx/rest.ts';
import { FakeVerto } from './telnyx/verto.ts';
import type { CallFact } from './telnyx/verto-calls.ts';
import { callIds, WebhookSender, webhookEvent } from './telnyx/webhooks.ts';

/** By the agents' user ids: the numbers that their softphones ring for. */
export const NUMBERS: Readonly<Record<string, string>> = { alice: '+15550001001', bob: '+15550001002' };
/** The numbers that agents may call from. */
export const FROM = ['+15550001001', '+15550009000'];

export interface Dialing {
  readonly server: TestServer;
  readonly telnyx: FakeTelnyx;
  readonly verto: FakeVerto;
  /** Resolves when what has happened to calls so far is stored at the server. */
  delivered(): Promise<void>;
  close(): Promise<void>;
}

export async function startDialing(variables: Record<string, string> = {}): Promise<Dialing> {
  const telnyx = await FakeTelnyx.listen();
  const connection = telnyx.addConnection();
  // As from an earlier login: a new one would wait until Telnyx's servers know of it.
  const users = new Map(
    Object.keys(NUMBERS).map((user) => [
      telnyx.addCredential(connection, { name: `aq-server ${user}` }).id,
      user,
    ]),
  );
  const verto = await FakeVerto.listen(({ login_token }) => {
    const credential = telnyx.credentialOf(String(login_token));
    return NUMBERS[users.get(credential?.id ?? '') ?? ''];
  });
  const webhooks = new WebhookSender();
  const server = await startServer({
    TELNYX_API_URL: telnyx.url,
    TELNYX_API_KEY: telnyx.apiKey,
    TELNYX_WEBRTC_CONNECTION_ID: connection.id,
    TELNYX_RTC_URL: verto.url,
    TELNYX_PUBLIC_KEY: webhooks.publicKey,
    TELNYX_FROM_NUMBERS: FROM.join(','),
    ...variables,
  });
  let sent: Promise<unknown> = Promise.resolve();
  verto.calls.onFact = (fact) => {
    const event = eventOf(fact);
    sent = sent.then(() => webhooks.send(`${server.url}/webhooks/telnyx`, event));
  };
  return {
    server,
    telnyx,
    verto,
    delivered: async () => void (await sent),
    close: async () => {
      await sent;
      await server.close();
      await Promise.all([verto.close(), telnyx.close()]);
    },
  };
}

/** The webhook of what happened at the fake. */
function eventOf({ type, call_control_id, call_session_id, from, to, digit }: CallFact) {
  const ids = callIds({ call_control_id, call_session_id, call_leg_id: call_session_id });
  const hangup = type === 'call.hangup' && { hangup_cause: 'normal_clearing', hangup_source: 'caller' };
  return webhookEvent(type, { ...ids, from, to, ...(digit !== undefined && { digit }), ...hangup });
}

export interface DialerPageOptions extends BrowserContextOptions {
  /** Whose page it is; alice's by default. */
  user?: string;
  /** In the place of the agent's token; an empty one leaves it out. */
  token?: string;
  /** In the address: `lang=de`. */
  query?: string;
  prepare?: (page: Page) => Promise<unknown>;
}

/** What a page broke of its policy, and what it wrote to its console as an error. */
export const faultsOf = new WeakMap<Page, string[]>();

/** Opens the page in a profile of its own. */
export async function openDialer(
  browser: Browser,
  { server }: Pick<Dialing, 'server'>,
  options: DialerPageOptions = {},
): Promise<Page> {
  const { user = 'alice', token = agentToken({ user_id: user }), query, prepare, ...context } = options;
  const own = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...context });
  const page = await own.newPage();
  const faults: string[] = [];
  faultsOf.set(page, faults);
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  await watchConnections(page);
  await prepare?.(page);
  await page.goto(`${server.url}/dialer${query ? `?${query}` : ''}${token ? `#token=${token}` : ''}`);
  return page;
}

/** Waits until the softphone is in this state. */
export async function becomes(page: Page, state: string): Promise<void> {
  await page.waitForSelector(`html[data-state=${state}]`);
}
