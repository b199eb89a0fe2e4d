/** What Prometheus reads. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { track } from '../support/media.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ METRICS_TOKEN: 'for-prometheus', MAX_PRODUCERS_PER_PEER: '1' });
});
afterAll(() => server.close());

/** The value of a metric, with its labels as they are written. */
async function metric(name: string): Promise<number | undefined> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
}

test('sessions, peers and rooms are those of this moment', async () => {
  const client = await RawClient.join(server);
  await RawClient.open(server);
  expect(await metric('aq_sessions')).toBe(2);
  expect(await metric('aq_peers')).toBe(1);
  expect(await metric('aq_rooms')).toBe(1);
  expect(await metric('aq_media_workers')).toBe(1);
  await client.close();
  await expect.poll(() => metric('aq_peers')).toBe(0);
});

test('each join is measured once, and no other request', async () => {
  const before = (await metric('aq_join_server_seconds_count')) ?? 0;
  const client = await RawClient.join(server);
  await client.settled();
  expect(await refusal(client.joinRoom())).toBe('already_joined');
  expect(await metric('aq_join_server_seconds_count')).toBe(before + 1);
  expect(await metric('aq_join_server_seconds_sum')).toBeGreaterThan(0);
});

test('limits and refused tokens are counted by what they are', async () => {
  const client = await RawClient.join(server);
  await client.request('produce', track('mic'));
  expect(await refusal(client.request('produce', track('camera')))).toBe('limit_reached');
  await expect(RawClient.open(server, 'x.y.z')).rejects.toThrow('401');
  expect(await metric('aq_facts_total{kind="limit-reached",target="limit_reached produce"}')).toBe(1);
  expect(await metric('aq_facts_total{kind="token-refused",target="token_malformed"}')).toBe(1);
  await client.close();
});

test('requests are measured by method and outcome, with a bounded number of names', async () => {
  const client = await RawClient.join(server);
  await client.request('ping', {});
  await client.ask({ id: 1000, method: 'made-up', params: {} }).catch(() => {});
  await client.settled();
  expect(await metric('aq_request_seconds_count{method="ping",code="ok"}')).toBeGreaterThanOrEqual(1);
  expect(await metric('aq_request_seconds_count{method="unknown",code="unknown_method"}')).toBe(1);
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).not.toContain('made-up');
  await client.close();
});

test('workers, producers and consumers are those of this moment', async () => {
  await expect.poll(() => metric('aq_producers{kind="audio"}')).toBe(0);
  const token = server.token({ room: 'metered' });
  const [ann, bob] = [await RawClient.join(server, token), await RawClient.join(server, token)];
  await ann.request('produce', track('mic'));
  await bob.next('consumerOpened');
  expect(await metric('aq_producers{kind="audio"}')).toBe(1);
  expect(await metric('aq_consumers{kind="audio"}')).toBe(1);
  expect(await metric('aq_media_worker_memory_bytes{worker="0"}')).toBeGreaterThan(1_000_000);
  expect(await metric('aq_ready')).toBe(1);
  await Promise.all([ann.close(), bob.close()]);
  await expect.poll(() => metric('aq_producers{kind="audio"}')).toBe(0);
  expect(await metric('aq_consumers{kind="audio"}')).toBe(0);
});

test.each([
  [200, {}],
  [403, { 'x-forwarded-for': '203.0.113.9' }],
  [403, { 'x-forwarded-for': '203.0.113.9', authorization: 'Bearer something-else' }],
  [200, { 'x-forwarded-for': '203.0.113.9', authorization: 'Bearer for-prometheus' }],
])('%i for %j', async (status, headers) => {
  expect((await fetch(`${server.url}/metrics`, { headers })).status).toBe(status);
});

describe('in production', () => {
  const TOKEN = 'metrics-9Zk4WqT7xNcL2pVy6RsHd8FmB3gJuE5';
  const proxied = { 'x-forwarded-for': '203.0.113.9' };
  const bearer = { authorization: `Bearer ${TOKEN}` };

  async function statuses(url: string): Promise<number[]> {
    const requests = [{}, proxied, bearer].map((headers) => fetch(`${url}/metrics`, { headers }));
    return (await Promise.all(requests)).map(({ status }) => status);
  }

  test.each([
    ['without a token nobody reads them, as a proxy may forward strangers', {}, [403, 403, 403]],
    ['with a token this machine needs it too', { METRICS_TOKEN: TOKEN }, [403, 403, 200]],
  ])('%s', async (_, variables, expected) => {
    const production = await startServer({ ENVIRONMENT: 'production', ...variables });
    onTestFinished(() => production.close());
    expect(await statuses(production.url)).toEqual(expected);
  });

  test.each([
    ['open', {}, [200, 200, 200]],
    ['with a token', { METRICS_TOKEN: TOKEN }, [403, 403, 200]],
  ])('a listener of their own %s has them alone', async (_, variables, expected) => {
    const production = await startServer({
      ENVIRONMENT: 'production',
      METRICS_ADDR: '127.0.0.1:0',
      ...variables,
    });
    onTestFinished(() => production.close());
    const own = `http://127.0.0.1:${production.app.metricsPort}`;
    expect(await statuses(own)).toEqual(expected);
    expect(await statuses(production.url)).toEqual([404, 404, 404]);
    expect((await fetch(`${own}/health`)).status).toBe(404);
    await production.close();
    await expect(fetch(`${own}/metrics`)).rejects.toThrow();
  });
});
