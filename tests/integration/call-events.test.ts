/** Call events, from signed webhooks to the agents at `/ws`. */
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { Agent, agentToken } from '../support/agent.ts';
import { stopClock } from '../support/clock.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { callEvents, callIds, WebhookSender, webhookEvent } from '../support/telnyx/webhooks.ts';

const sender = new WebhookSender();
let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(variables: Record<string, string> = {}): Promise<TestServer & { hook: string }> {
  server = await startServer({ TELNYX_PUBLIC_KEY: sender.publicKey, ...variables });
  return { ...server, hook: `${server.url}/webhooks/telnyx` };
}

async function post(url: string, body: string, headers: Record<string, string>) {
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, body: await response.json() };
}

describe('GET /ws', () => {
  test.each([
    ['no token', {}, 'token_missing'],
    ['a bad token', { token: 'a.b.c' }, 'token_malformed'],
    ['another type', { token: agentToken({ user_type: 'host' }) }, 'forbidden'],
    ['a since that is no number', { token: agentToken(), since: 'x' }, 'invalid_params'],
  ])('closes %s with 1008', async (_name, query, reason) => {
    const { url } = await start();
    const agent = new Agent({ url }, query);
    expect(await agent.closed).toEqual({ close: 1008, reason });
    expect(agent.frames).toEqual([]);
  });

  test('says connected, and answers a ping', async () => {
    const { url } = await start();
    const token = agentToken({ email: 'test@example.com' });
    const agent = new Agent({ url }, {}, { authorization: `Bearer ${token}` });
    await agent.until(() => agent.frames.length === 1);
    expect(agent.frames[0]).toEqual({
      event: 'connected',
      data: { clientId: expect.stringMatching(/^test@example\.com-\d{13}$/), user: 'test@example.com' },
    });
    agent.socket.send(JSON.stringify({ type: 'ping', data: {} }));
    await agent.until(() => agent.frames.length === 2);
    expect(agent.frames[1]).toEqual({ event: 'pong', data: { timestamp: expect.any(Number) } });
  });

  test('ignores what is no message, counts it, and logs once', async () => {
    const { url, log } = await start();
    const agent = await Agent.open({ url });
    for (const message of ['{', '[]', '"ping"', '{"type":"dance"}', Buffer.from('{"type":"ping"}')]) {
      agent.socket.send(message);
    }
    agent.socket.send('{"type":"ping"}');
    await agent.until(() => agent.named('pong').length > 0);
    expect(agent.frames).toHaveLength(2);
    const health = (await (await fetch(`${url}/health`)).json()) as { calls: object };
    expect(health.calls).toEqual({ agents: 1, events_in: 0, events_out: 0, errors_last_5_minutes: 5 });
    expect(log.filter(({ msg }) => String(msg).startsWith('a message is ignored'))).toHaveLength(1);
  });

  test('closes a socket whose token ends', async () => {
    const clock = stopClock();
    onTestFinished(clock.restore);
    const { url } = await start({ TOKEN_CLOCK_TOLERANCE: '0' });
    const agent = new Agent({ url }, { token: agentToken({}, 1) });
    await agent.until(() => agent.named('connected').length > 0);
    await clock.advance(1000);
    expect(await agent.closed).toEqual({ close: 1008, reason: 'token_expired' });
    expect(agent.named('connected')).toHaveLength(1);
  });

  test('cuts off who does not read, and tells them all when they come back', {
    timeout: 60_000,
  }, async () => {
    const { url, hook, log } = await start({ MAX_BUFFERED_BYTES: '65536', LOG_LEVEL: 'info' });
    const slow = await Agent.open({ url });
    slow.socket.pause();
    const cutOff = () => log.some(({ limit }) => limit === 'MAX_BUFFERED_BYTES');
    const long = 'x'.repeat(200_000);
    let count = 0;
    for (; !cutOff() && count < 200; count++) await sender.send(hook, webhookEvent('call.cost', { long }));
    expect(cutOff()).toBe(true);
    slow.socket.resume();
    expect(await slow.closed).toMatchObject({ close: 1006 });
    const back = await Agent.open({ url }, {}, slow.seqs.at(-1) ?? 0);
    expect([...slow.seqs, ...back.seqs]).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });

  test('closes all with the server', async () => {
    const { url } = await start();
    const agent = await Agent.open({ url });
    await server?.close();
    expect(await agent.closed).toEqual({ close: 1001, reason: 'server_closing' });
  });
});

describe('an event', () => {
  test('is told under its name, with a number that rises', async () => {
    const { url, hook } = await start();
    const agent = await Agent.open({ url });
    const ids = callIds();
    const events = [...callEvents(ids), webhookEvent('call.bridged', { ...ids })];
    expect(await sender.sendAll(hook, events)).toEqual([200, 200, 200, 200, 200]);
    await agent.until(() => agent.calls.length === 5);
    expect(agent.calls.map(({ event }) => event)).toEqual([
      'call-initiated',
      'call-answered',
      'dtmf-received',
      'call-hangup',
      'call-event',
    ]);
    expect(agent.seqs).toEqual([1, 2, 3, 4, 5]);
    const { record_type: _, ...told } = events[0]?.data ?? { record_type: 'event' };
    expect(agent.calls[0]?.data).toEqual(told);
  });

  test('comes once, however often it is sent, under one id or several', async () => {
    const { url, hook } = await start();
    const agent = await Agent.open({ url });
    const events = callEvents();
    const again = events.map(({ data }) => webhookEventAgain(data));
    const all = [...events, ...again];
    const statuses = await sender.sendAll(hook, all, { copies: 3, shuffled: true, concurrency: 8 });
    expect(new Set(statuses)).toEqual(new Set([200]));
    const last = webhookEvent('call.cost', {});
    await sender.send(hook, last);
    await agent.until(() => agent.ids.includes(last.data.id));
    expect(agent.calls).toHaveLength(5);
  });

  test('goes to the agents whose token names its connection or its number', async () => {
    const { url, hook } = await start();
    const ours = callIds({ connection_id: '11' });
    const theirs = callIds({ connection_id: '22' });
    const byConnection = await Agent.open({ url }, { calls: { connections: ['11'] } });
    const byNumber = await Agent.open({ url }, { calls: { numbers: ['+49301'] } });
    const nothing = await Agent.open({ url }, { calls: {} });
    const all = await Agent.open({ url });
    await sender.sendAll(hook, [
      webhookEvent('call.initiated', { ...ours, from: '+1', to: '+2' }),
      webhookEvent('call.initiated', { ...theirs, from: '+49301', to: '+2' }),
      webhookEvent('call.recording.saved', { ...theirs }),
    ]);
    await all.until(() => all.calls.length === 3);
    for (const agent of [byConnection, byNumber, nothing]) {
      agent.socket.send('{"type":"ping"}');
      await agent.until(() => agent.named('pong').length > 0);
    }
    expect([byConnection.seqs, byNumber.seqs, nothing.seqs]).toEqual([[1], [2, 3], []]);
    const replayed = await Agent.open({ url }, { calls: { numbers: ['+49301'] } }, 0);
    expect(replayed.seqs).toEqual([2, 3]);
    expect(replayed.frames.at(-1)).toEqual({ event: 'caught-up', data: { seq: 3 } });
    const response = await fetch(`${url}/api/v1/calls`, {
      headers: { authorization: `Bearer ${agentToken({ calls: { connections: ['11'] } })}` },
    });
    const { calls } = (await response.json()) as { calls: { id: string }[] };
    expect(calls.map(({ id }) => id)).toEqual([ours.call_session_id]);
  });
});

describe('POST /webhooks/telnyx', () => {
  const body = JSON.stringify(callEvents()[0]);
  const seconds = () => Math.floor(Date.now() / 1000);

  test.each([
    ['unsigned', body, () => ({ 'content-type': 'application/json' })],
    ['forged', body, () => new WebhookSender().headers(body)],
    ['forged', `${body} `, () => sender.headers(body)],
    ['stale', body, () => sender.headers(body, seconds() - 310)],
    ['stale', body, () => sender.headers(body, seconds() + 310)],
  ])('refuses what is %s, with one line in the log', async (fault, sent, headers) => {
    const { url, hook, log } = await start();
    const before = log.length;
    const answer = await post(hook, sent, headers());
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'webhook_refused' } } });
    expect(log.slice(before)).toMatchObject([{ audit: true, kind: 'webhook-refused', target: fault }]);
    expect((await Agent.open({ url }, {}, 0)).calls).toEqual([]);
  });

  test('is off without a key, and open in development where a variable says so', async () => {
    const off = await start({ TELNYX_PUBLIC_KEY: '' });
    expect((await post(off.hook, body, { 'content-type': 'application/json' })).status).toBe(503);
    await server?.close();
    const open = await start({ TELNYX_PUBLIC_KEY: '', TELNYX_WEBHOOK_UNSIGNED: 'true' });
    expect((await post(open.hook, body, { 'content-type': 'application/json' })).status).toBe(200);
  });

  test('says what to set for a body of version 1', async () => {
    const { hook, log } = await start();
    const old = JSON.stringify({ event_type: 'call_initiated', created_at: '2026-01-01T00:00:00Z' });
    expect(await post(hook, old, sender.headers(old))).toMatchObject({ status: 400 });
    expect(log.at(-1)).toMatchObject({ fault: expect.stringContaining('set webhook_api_version to "2"') });
  });
});

test('GET /api/v1/calls tells recent calls, to agents alone', async () => {
  const { url, hook } = await start();
  const ids = callIds();
  const urls = { mp3: 'https://example.com/1.mp3' };
  const saved = webhookEvent('call.recording.saved', { ...ids, recording_urls: urls });
  const events = callEvents(ids);
  await sender.sendAll(hook, [...events, saved], { shuffled: true });
  const ask = (user_type: string) =>
    fetch(`${url}/api/v1/calls`, { headers: { authorization: `Bearer ${agentToken({ user_type })}` } });
  expect((await ask('host')).status).toBe(403);
  expect(await (await ask('agent')).json()).toEqual({
    calls: [
      {
        id: ids.call_session_id,
        state: 'hangup',
        legs: [
          {
            id: ids.call_leg_id,
            state: 'hangup',
            call_control_id: ids.call_control_id,
            connection_id: ids.connection_id,
            from: '+35319605860',
            to: '+15551234567',
            direction: 'incoming',
            started_at: events[0]?.data.payload.start_time,
            answered_at: events[1]?.data.occurred_at,
            ended_at: events[3]?.data.occurred_at,
            hangup_cause: 'normal_clearing',
            hangup_source: 'caller',
          },
        ],
        recordings: [{ started_at: null, ended_at: null, urls }],
      },
    ],
  });
});

describe('GET /api/v1/calls, a page at a time', () => {
  test('goes on where the page before has ended', async () => {
    const { url, hook } = await start();
    const calls = Array.from({ length: 5 }, () => callIds());
    for (const ids of calls) await sender.sendAll(hook, callEvents(ids));
    const headers = { authorization: `Bearer ${agentToken()}` };
    const seen: string[] = [];
    let query = '?limit=2';
    for (let pages = 0; pages < 3; pages++) {
      const response = await fetch(`${url}/api/v1/calls${query}`, { headers });
      const page = (await response.json()) as { calls: { id: string }[]; next?: number };
      seen.push(...page.calls.map(({ id }) => id));
      expect(page.next !== undefined).toBe(pages < 2);
      query = `?limit=2&before=${page.next}`;
    }
    expect(seen).toEqual(calls.map(({ call_session_id }) => call_session_id).toReversed());
  });

  test.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'limit=1&limit=2',
    'before=-1',
    'before=',
    'before=1.5',
  ])('refuses %s', async (query) => {
    const { url } = await start();
    const headers = { authorization: `Bearer ${agentToken()}` };
    const response = await fetch(`${url}/api/v1/calls?${query}`, { headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_params' } });
  });
});

/** The same event under another id, as a failover may send it. */
function webhookEventAgain(data: ReturnType<typeof webhookEvent>['data']): ReturnType<typeof webhookEvent> {
  return { data: { ...data, id: crypto.randomUUID() } };
}
