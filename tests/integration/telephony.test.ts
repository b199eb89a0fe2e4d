/** Login tokens and SIP credentials over HTTP, with a fake of Telnyx behind the server. */
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { FakeTelnyx } from '../support/telnyx/rest.ts';

const ORIGIN = 'app://softphone';
const SIP = { TELNYX_WEBRTC_USERNAME: 'agentuser', TELNYX_WEBRTC_PASSWORD: 'the-password-of-sip' };

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(variables: Record<string, string> = {}): Promise<TestServer> {
  server = await startServer({ ALLOWED_ORIGINS: `${ORIGIN},https://app.example`, ...variables });
  return server;
}

async function startWithTelnyx(variables: Record<string, string> = {}) {
  const fake = await FakeTelnyx.listen();
  onTestFinished(() => fake.close());
  const credential = fake.addCredential(fake.addConnection());
  const own = { TELNYX_API_URL: fake.url, TELNYX_API_KEY: fake.apiKey };
  const started = await start({ ...own, TELNYX_TELEPHONY_CREDENTIAL_ID: credential.id, ...variables });
  return { fake, credential, server: started };
}

interface Ask {
  method?: string;
  query?: string;
  userType?: string;
  origin?: string;
  token?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Asks as an agent unless it is said otherwise. */
async function ask(path: 'token' | 'credentials' | 'config', given: Ask = {}) {
  if (!server) throw new Error('no server');
  const { userType = 'agent', query = '', origin, method = path === 'token' ? 'POST' : 'GET' } = given;
  const token = given.token ?? server.token({ user_id: 'alice', user_type: userType });
  const response = await fetch(`${server.url}/api/v1/telephony/${path}${query}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(origin && { origin }),
      ...given.headers,
    },
    ...(given.body !== undefined && { body: given.body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text ? JSON.parse(text) : undefined,
  };
}

describe('POST /api/v1/telephony/token', () => {
  test('gives an agent a login token, and the same one until it is due', async () => {
    const { fake, credential } = await startWithTelnyx();
    const { status, headers, body } = await ask('token');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(fake.credentialOf(body.login_token)).toBe(credential);
    const lives = (time: string) => Math.round((Date.parse(time) - Date.now()) / 60_000);
    expect([lives(body.expires_at), lives(body.refresh_at)]).toEqual([24 * 60, 23 * 60]);
    expect((await ask('token')).body).toEqual(body);
    const fresh = await ask('token', { query: '?fresh=1' });
    expect(fresh.body.login_token).not.toBe(body.login_token);
    expect(fake.count('POST /telephony_credentials/…/token')).toBe(2);
  });

  test.each(['', '{}'])('takes a content type with the body %j', async (body) => {
    await startWithTelnyx();
    const headers = { 'content-type': 'application/json' };
    expect((await ask('token', { headers, body })).status).toBe(200);
  });

  test('asks for fresh ones within a limit', async () => {
    const { server } = await startWithTelnyx();
    const answers = [];
    for (let count = 0; count < 4; count++) answers.push(await ask('token', { query: '?fresh=1' }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers[3]?.body.error.code).toBe('rate_limited');
    const limits = server.log.filter(({ kind }) => kind === 'limit-reached');
    expect(limits).toMatchObject([{ target: 'rate_limited', detail: { path: '/api/v1/telephony/token' } }]);
  });

  test.each([
    [401, 502, 'telnyx_key_refused'],
    [404, 502, 'telnyx_not_found'],
    [422, 502, 'telnyx_refused'],
  ])('tells a Telnyx that answers %i as %i %s', async (fault, status, code) => {
    const { fake } = await startWithTelnyx();
    fake.faults.add(/token$/, { kind: 'status', status: fault });
    const answer = await ask('token');
    expect(answer.status).toBe(status);
    expect(answer.body.error.code).toBe(code);
  });

  test('tells a Telnyx that wants to be left alone as unavailable', async () => {
    const { fake } = await startWithTelnyx();
    fake.faults.add(/token$/, { kind: 'status', status: 503, retryAfter: 3600 });
    const answer = await ask('token');
    expect([answer.status, answer.body.error.code]).toEqual([503, 'telnyx_unavailable']);
  });

  test.each([
    [{ TELNYX_API_KEY: '' }, 'TELNYX_API_KEY'],
    [{ TELNYX_TELEPHONY_CREDENTIAL_ID: '' }, 'TELNYX_WEBRTC_CONNECTION_ID'],
  ])('names what is not set: %j', async (variables, name) => {
    await startWithTelnyx(variables);
    const { status, body } = await ask('token');
    expect([status, body.error.code]).toEqual([503, 'telephony_off']);
    expect(body.error.message).toContain(name);
  });

  test('makes a credential for each agent where a connection is given', async () => {
    const fake = await FakeTelnyx.listen();
    onTestFinished(() => fake.close());
    const connection = fake.addConnection();
    // So that nobody waits until a new one is known everywhere.
    const credential = fake.addCredential(connection, { name: 'aq-server alice' });
    const own = { TELNYX_API_URL: fake.url, TELNYX_API_KEY: fake.apiKey };
    await start({ ...own, TELNYX_WEBRTC_CONNECTION_ID: connection.id });
    expect(fake.credentialOf((await ask('token')).body.login_token)).toBe(credential);
  });
});

describe('GET /api/v1/telephony/credentials', () => {
  test('gives an agent all that a SIP client needs, and is audited', async () => {
    const { log } = await start(SIP);
    const { status, headers, body } = await ask('credentials');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      username: 'agentuser',
      password: 'the-password-of-sip',
      realm: 'sip.telnyx.com',
      sip_uri: 'sip:agentuser@sip.telnyx.com',
      stun_servers: ['stun:stun.telnyx.com:3478'],
      turn_servers: [
        {
          urls: ['turn:turn.telnyx.com:3478?transport=udp', 'turn:turn.telnyx.com:3478?transport=tcp'],
          username: 'testuser',
          credential: 'testpassword',
        },
      ],
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(log.filter(({ audit, actor }) => audit && actor)).toEqual([
      expect.objectContaining({ kind: 'credentials-read', user: 'alice' }),
    ]);
    expect(JSON.stringify(log)).not.toContain('the-password-of-sip');
  });

  test.each([
    'TELNYX_WEBRTC_USERNAME',
    'TELNYX_WEBRTC_PASSWORD',
  ])('names %s where it is missing', async (name) => {
    const { log } = await start({ ...SIP, [name]: '' });
    const { status, body } = await ask('credentials');
    expect([status, body.error.code]).toEqual([503, 'telephony_off']);
    expect(body.error.message).toContain(name);
    expect(log.filter(({ audit, actor }) => audit && actor)).toEqual([]);
  });
});

describe('GET /api/v1/telephony/config', () => {
  test('tells what is the same for all softphones', async () => {
    await startWithTelnyx({ TELNYX_FROM_NUMBERS: '+15550001,+15550002', TELNYX_CHECK_SECONDS: '60' });
    const { status, headers, body } = await ask('config');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      login: 'token',
      from_numbers: ['+15550001', '+15550002'],
      host: 'wss://rtc.telnyx.com',
      check_seconds: 60,
    });
  });

  test('names the servers of STUN and TURN where there are others than Telnyx’s', async () => {
    const turn = {
      TELNYX_TURN_SERVERS: 'turn:turn.example',
      TELNYX_TURN_USERNAME: 'u',
      TELNYX_TURN_PASSWORD: 'p',
    };
    await start({ ...SIP, ...turn, TELNYX_STUN_SERVERS: 'stun:stun.example' });
    expect((await ask('config')).body).toMatchObject({
      login: 'credentials',
      ice_servers: [
        { urls: ['stun:stun.example'] },
        { urls: ['turn:turn.example'], username: 'u', credential: 'p' },
      ],
    });
  });

  test('says that there are none, where there shall be none', async () => {
    await start({ ...SIP, TELNYX_STUN_SERVERS: 'none', TELNYX_TURN_SERVERS: 'none' });
    expect((await ask('config')).body.ice_servers).toEqual([]);
  });

  test('names what is missing where no softphone could log in', async () => {
    await start();
    const { status, body } = await ask('config');
    expect([status, body.error.code]).toEqual([503, 'telephony_off']);
    expect(body.error.message).toContain('TELNYX_API_KEY');
  });
});

describe('what softphones log in with', () => {
  const healthOf = async ({ url }: TestServer) =>
    (await (await fetch(`${url}/health`)).json()) as { status: string; telephony: object };
  const logged = ({ log }: TestServer) =>
    log.filter(({ msg }) => /telephony is off|log in to Telnyx/.test(String(msg)));

  test('is tokens by default where the variables of both ways are set, and the log says so', async () => {
    const { server } = await startWithTelnyx({ ...SIP, TELNYX_WEBRTC_CONNECTION_ID: '1' });
    expect((await ask('config')).body.login).toBe('token');
    expect((await ask('credentials')).status).toBe(200);
    const unused = ['TELNYX_TELEPHONY_CREDENTIAL_ID'];
    expect(logged(server)).toMatchObject([{ level: 30, login: 'token', chosenBy: 'default', unused }]);
    expect(await healthOf(server)).toMatchObject({ status: 'healthy', telephony: { login: 'token' } });
  });

  test.each([
    ['token', 'token', 'credentials'],
    ['credentials', 'credentials', 'token'],
  ] as const)('is what TELNYX_LOGIN=%s says, and nothing else', async (login, given, refused) => {
    const { server, fake } = await startWithTelnyx({ ...SIP, TELNYX_LOGIN: login });
    expect((await ask('config')).body.login).toBe(login);
    expect((await ask(given)).status).toBe(200);
    const requests = fake.requests.length;
    const { status, body } = await ask(refused);
    expect([status, body.error.code]).toEqual([503, 'telephony_off']);
    expect(body.error.message).toContain(`TELNYX_LOGIN is ${login}`);
    expect(fake.requests.length).toBe(requests);
    expect(logged(server)).toMatchObject([{ login, chosenBy: 'TELNYX_LOGIN' }]);
  });

  test('is nothing where the variables contradict each other, and the rooms are there', async () => {
    const { server } = await startWithTelnyx({ TELNYX_LOGIN: 'credentials', TELNYX_FROM_NUMBERS: '' });
    const reason = 'TELNYX_LOGIN is credentials, and TELNYX_WEBRTC_USERNAME is not set';
    expect(await healthOf(server)).toMatchObject({ status: 'healthy', telephony: { login: 'off', reason } });
    expect(logged(server)).toMatchObject([{ level: 50, msg: 'telephony is off', reason }]);
    for (const path of ['config', 'token', 'credentials'] as const) {
      const { status, body } = await ask(path);
      expect([status, body.error.code]).toEqual([503, 'telephony_off']);
      expect(body.error.message).toContain(reason);
    }
    const room = await RawClient.join(server, server.token());
    room.close();
  });

  test('is nothing where a variable is wrong; the log says what, and /health names the variable alone', async () => {
    const { server } = await startWithTelnyx({ TELNYX_FROM_NUMBERS: '0049-secret' });
    const { telephony } = await healthOf(server);
    expect(telephony).toEqual({ login: 'off', reason: 'TELNYX_FROM_NUMBERS is wrong' });
    expect(logged(server)).toMatchObject([{ faults: [expect.stringContaining('is no number such as')] }]);
    expect((await ask('config')).status).toBe(503);
  });

  test('is not spoken of where nothing is set', async () => {
    const server = await start();
    expect(await healthOf(server)).toMatchObject({ telephony: { login: 'none' } });
    expect(logged(server)).toEqual([]);
  });
});

test('/dialer alone may connect to Telnyx, and nothing else of its policy differs', async () => {
  const { url } = await start({ TELNYX_RTC_URL: 'wss://rtc.example:8443/path' });
  const policyOf = async (path: string) =>
    (await fetch(`${url}${path}`)).headers.get('content-security-policy') ?? '';
  const [dialer, room] = await Promise.all([policyOf('/dialer'), policyOf('/')]);
  expect(dialer).toContain("connect-src 'self' wss://rtc.example:8443;");
  // The room's page has a script of its own, which no other page may run.
  const scripts = /script-src 'self' 'sha256-[\w+/]+=*'; /;
  expect(room).toMatch(scripts);
  expect(dialer.replace("connect-src 'self' wss://rtc.example:8443; ", '')).toBe(room.replace(scripts, ''));
});

describe.each(['token', 'credentials', 'config'] as const)('/api/v1/telephony/%s', (path) => {
  test.each([
    ['a guest', { userType: 'guest' }, 403, 'forbidden'],
    ['a host', { userType: 'host' }, 403, 'forbidden'],
    ['nobody', { token: ' ' }, 401, 'token_missing'],
    ['a liar', { token: 'x.y.z' }, 401, 'token_malformed'],
    ['a foreign page', { origin: 'https://evil.example' }, 403, 'origin_not_allowed'],
    ['a page without an origin', { origin: 'null' }, 403, 'origin_not_allowed'],
  ])('refuses %s', async (_, given, status, code) => {
    const { fake } = await startWithTelnyx(SIP);
    const answer = await ask(path, given);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.text).not.toContain('the-password-of-sip');
    expect(fake.requests).toEqual([]);
  });

  test('may be read by pages of allowed origins, an Electron app among them', async () => {
    await startWithTelnyx(SIP);
    for (const origin of [ORIGIN, 'https://app.example']) {
      const preflight = await ask(path, { method: 'OPTIONS', origin, token: '' });
      expect(preflight.status).toBe(204);
      expect(Object.fromEntries(preflight.headers)).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': path === 'token' ? 'POST' : 'GET',
        'access-control-allow-headers': 'authorization, content-type',
      });
      const answer = await ask(path, { origin });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
    }
    const foreign = await ask(path, { method: 'OPTIONS', origin: 'https://evil.example' });
    expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });
});
