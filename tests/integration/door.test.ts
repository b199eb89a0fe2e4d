/** Who is let in, and what the others are told: the rules D of PROTOCOL.md, over real upgrades. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { SECRET, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ MAX_WAITING_PER_USER: '100' });
});
afterAll(() => server.close());

const PATH = '/aq_server/websocket';
const now = Math.floor(Date.now() / 1000);
const good = { user_id: 'alice', exp: now + 600 };

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A token with any header and claims, signed with HMAC and the server's secret. */
function sign(
  claims: object,
  header: object = { alg: 'HS256', typ: 'JWT' },
  hash = 'sha256',
  secret = SECRET,
): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

/** The JSON of an answer, whose shape the test knows. */
async function json<T>(answer: Response): Promise<T> {
  return (await answer.json()) as T;
}

interface Answer {
  status: number | undefined;
  body: string;
  headers: Record<string, unknown>;
}

/** Asks for an upgrade and resolves to the HTTP answer; 101 is one too. */
async function upgrade(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const asked = request(server.url + path, {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  });
  asked.end();
  const answered = once(asked, 'response');
  const upgraded = once(asked, 'upgrade').then(([response, socket]) => {
    socket.destroy();
    return [response];
  });
  const [response] = await Promise.race([answered, upgraded]);
  let body = '';
  if (response.statusCode !== 101) for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return { status: response.statusCode, body, headers: response.headers };
}

describe('[D2] tokens', () => {
  const bad: [string, string, string][] = [
    ['no token', '', 'token_missing'],
    ['a word', 'hello', 'token_malformed'],
    ['two parts', sign(good).split('.').slice(0, 2).join('.'), 'token_malformed'],
    ['four parts', `${sign(good)}.x`, 'token_malformed'],
    [
      'another secret',
      sign(good, undefined, 'sha256', 'another secret of 32 bytes or more'),
      'token_signature',
    ],
    ...['none', 'None', 'NONE', 'nOnE'].map((alg): [string, string, string] => [
      `the algorithm ${alg}`,
      `${encode({ alg })}.${encode(good)}.`,
      'token_algorithm',
    ]),
    ['HS384', sign(good, { alg: 'HS384' }, 'sha384'), 'token_algorithm'],
    ['HS512', sign(good, { alg: 'HS512' }, 'sha512'), 'token_algorithm'],
    ['RS256 with the secret as its key', sign(good, { alg: 'RS256' }), 'token_algorithm'],
    ['an end that is past', sign({ ...good, exp: now - 60 }), 'token_expired'],
    ['a beginning to come', sign({ ...good, nbf: now + 60 }), 'token_not_active'],
    ['an issue to come', sign({ ...good, iat: now + 60 }), 'token_not_active'],
    ['a life of eight days', sign({ ...good, iat: now, exp: now + 8 * 86_400 }), 'token_lifetime'],
    ['no end', sign({ user_id: 'alice' }), 'token_claims'],
    ['an end that is no number', sign({ ...good, exp: String(now + 600) }), 'token_claims'],
    ['no user', sign({ exp: now + 600 }), 'token_claims'],
    ['a user that is no text', sign({ ...good, user_id: 7 }), 'token_claims'],
    ['a user with a control character', sign({ ...good, user_id: 'a\u0007' }), 'token_claims'],
    ['a room of 129 characters', sign({ ...good, room: 'r'.repeat(129) }), 'token_claims'],
  ];

  test.each(
    bad,
  )('%s is refused before the upgrade, and validate says the same', async (_name, token, code) => {
    const { status, body, headers } = await upgrade(`${PATH}?token=${token}`);
    expect({ status, code: JSON.parse(body).error.code }).toEqual({ status: 401, code });
    expect(headers['content-type']).toContain('application/json');
    if (token.length > 10) expect(body).not.toContain(token.slice(0, 20));
    const validated = await fetch(`${server.url}/aq_server/validate`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(validated.status).toBe(401);
    expect(await validated.text()).toBe(body);
  });

  test.each([
    ['in the address', (token: string) => upgrade(`${PATH}?token=${token}`)],
    ['in Authorization', (token: string) => upgrade(PATH, { Authorization: `Bearer ${token}` })],
    [
      'as a subprotocol',
      (token: string) => upgrade(PATH, { 'Sec-WebSocket-Protocol': `aq.v1, bearer.${token}` }),
    ],
  ])('[D1] a good one %s opens the socket', async (_name, ask) => {
    expect((await ask(sign(good))).status).toBe(101);
  });

  test('an absent or empty room is the default one, and names are brought to NFC', async () => {
    const claims = async (more: object) => {
      const token = sign({ ...good, ...more });
      const answer = await fetch(`${server.url}/aq_server/validate?token=${token}`);
      return (await json<{ claims: object }>(answer)).claims;
    };
    expect(await claims({})).toMatchObject({ room: 'default', user_type: 'guest', name: 'alice' });
    expect(await claims({ room: '' })).toMatchObject({ room: 'default' });
    expect(await claims({ room: 'cafe\u0301' })).toMatchObject({ room: 'caf\u00e9' });
  });
});

describe('[D2] the rest of the door', () => {
  const token = sign(good);

  test.each([
    ['/', 404, 'path_not_found'],
    ['/aq_server/', 404, 'path_not_found'],
    [`${PATH}/`, 404, 'path_not_found'],
    ['/AQ_SERVER/WEBSOCKET', 404, 'path_not_found'],
  ])('an upgrade at %s is refused', async (path, status, code) => {
    const answer = await upgrade(`${path}?token=${token}`);
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([status, code]);
  });

  test('the page must come from the same host; who has no origin comes from no page', async () => {
    const from = async (origin: string) =>
      (await upgrade(`${PATH}?token=${token}`, { Origin: origin })).status;
    expect(await from(server.url)).toBe(101);
    expect(await from('https://elsewhere.example')).toBe(403);
    expect(await from('null')).toBe(403);
    expect((await upgrade(`${PATH}?token=${token}`)).status).toBe(101);
  });

  test('[D3] the own host and the origins on the list may come, and all others are told so', async () => {
    const listed = await startServer({ ALLOWED_ORIGINS: 'https://app.example' });
    onTestFinished(() => listed.close());
    const validate = async (origin: string) => {
      const answer = await fetch(`${listed.url}/aq_server/validate?token=${token}`, { headers: { origin } });
      return [answer.status, answer.headers.get('access-control-allow-origin')];
    };
    expect(await validate('https://app.example')).toEqual([200, '*']);
    expect(await validate(listed.url)).toEqual([200, '*']);
    expect(await validate('https://evil.example')).toEqual([403, '*']);
    const socket = new WebSocket(`${listed.url.replace('http', 'ws')}${PATH}?token=${token}`, {
      origin: listed.url,
    });
    await once(socket, 'open');
    socket.close();
  });

  test('what is no handshake is upgrade_invalid', async () => {
    const answer = await upgrade(`${PATH}?token=${token}`, { 'Sec-WebSocket-Version': '7' });
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([400, 'upgrade_invalid']);
    const plain = await fetch(`${server.url}${PATH}?token=${token}`);
    expect([plain.status, (await json<{ error: { code: string } }>(plain)).error.code]).toEqual([
      400,
      'upgrade_invalid',
    ]);
  });

  test('[D4] aq.v1 is chosen where it is offered, and the protocol of the Go server where nothing is', async () => {
    const url = `${server.url.replace('http', 'ws')}${PATH}?token=${token}`;
    const named = new WebSocket(url, ['other.v1', 'aq.v1']);
    const [welcome] = await once(named, 'message');
    expect(named.protocol).toBe('aq.v1');
    expect(JSON.parse(String(welcome))).toMatchObject({ seq: 1, event: 'welcome' });
    named.close();
    const unnamed = new WebSocket(url);
    const [offer] = await once(unnamed, 'message');
    expect(JSON.parse(String(offer))).toEqual({ event: 'offer', data: expect.any(String) });
    unnamed.close();
  });

  test('[D6] the capabilities are cacheable, and have the codecs that all browsers meet in', async () => {
    const answer = await fetch(`${server.url}/aq_server/capabilities`);
    expect(answer.headers.get('cache-control')).toContain('max-age');
    interface Codec {
      mimeType: string;
      parameters: Record<string, unknown>;
    }
    const { hash, rtpCapabilities } = await json<{ hash: string; rtpCapabilities: { codecs: Codec[] } }>(
      answer,
    );
    expect(hash).toMatch(/^[\w-]{16}$/);
    const codecs = rtpCapabilities.codecs.map((codec) =>
      [codec.mimeType, codec.parameters['profile-level-id']].join(' ').trim(),
    );
    for (const codec of [
      'audio/opus',
      'audio/PCMU',
      'video/VP8',
      'video/VP9',
      'video/H264 42e01f',
      'video/H264 640c1f',
      'video/AV1',
    ]) {
      expect(codecs).toContain(codec);
    }
  });
});

test('a user type that nothing knows is that of a guest, and is said in the log once', async () => {
  const token = sign({ ...good, user_type: 'moderador' });
  for (let n = 0; n < 3; n++) {
    const answer = await fetch(`${server.url}/aq_server/validate`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
  }
  const told = server.log.filter(({ userType }) => userType === 'moderador');
  expect(told).toEqual([expect.objectContaining({ level: 40 })]);
});
