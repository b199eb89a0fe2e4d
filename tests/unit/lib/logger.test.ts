/** What reaches the log: JSON that can be read, without tokens and secrets. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogger, type Logger } from '../../../src/lib/logger.ts';
import { redactText } from '../../../src/lib/redact.ts';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiYSJ9.c2lnbmF0dXJl';
const SPACED_TOKEN = 'eyAiYWxnIjoiSFMyNTYifQ.eyAidXNlcl9pZCI6ImEifQ.c2lnbmF0dXJl';
const TELNYX_KEY = 'KEY0199AB34CD56EF7890_c2lnbmF0dXJl';
/** A secret of the configuration, with all that may end it too early. */
const SECRET = 'not "a" word, {but} \\ a-secret & more';

function recording(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const logger = createLogger(
    { level: 'trace', pretty: false, secrets: [SECRET] },
    { write: (line) => void lines.push(line) },
  );
  return { logger, lines };
}

describe('a text', () => {
  test.each([
    `GET /aq_server/websocket?token=${TOKEN}&x=1`,
    'GET /aq_server/websocket?token=not-a-jwt-but-secret',
    `{"authorization":"Bearer ${TOKEN}"}`,
    '{"authorization":"Bearer not-a-jwt-but-secret"}',
    'Authorization: Basic bm90LWEtand0LWJ1dC1zZWNyZXQ=',
    'authorization: Digest username="not-a-jwt", response="not-a-jwt"',
    `sec-websocket-protocol: aq.v1, bearer.${TOKEN}`,
    '{"password":"not-a-jwt-but-secret","secret":"not-a-jwt-but-secret"}',
    '{"password":"not-a-jwt, but a secret","x":1}',
    '{"password":"a quote \\" and not-a-jwt-but-secret"}',
    '{\\"password\\":\\"not-a-jwt-but-secret\\"}',
    "{ password: 'not-a-jwt but secret' }",
    'the start of one: eyJhbGciOiJIUzI1NiJ9.eyJ1c2Vy',
    `glued${TOKEN}`,
    SPACED_TOKEN,
    'API-Key: not-a-jwt-but-secret',
    '{"sip_password":"not-a-jwt-but-secret","passwd":"not-a-jwt-but-secret"}',
    '{"urls":["turn:a"],"credential":"not-a-jwt-but-secret"}',
    'Telnyx said no to KEY0199AB34CD56EF7890_not-a-jwt-but-secret',
    'token="not-a-jwt-but-secret',
  ])('without the credentials: %s', (text) => {
    expect(redactText(text)).not.toMatch(/eyJ|eyA|not-a-jwt|but.a.secret|but.secret|c2ln|bm90/);
  });

  test.each([
    'a room is full',
    '{"level":"info","room":"a","user":"b","msg":"joined"}',
    'monkey.business.example',
    'the token is older than a removal',
    'http://127.0.0.1:8080/aq_server/validate',
  ])('that has none stays as it is: %s', (text) => {
    expect(redactText(text)).toBe(text);
  });
});

test.each([
  'eyJ',
  'eyJ.',
  'token',
  'token="',
  'token=',
  'authorization: ',
  'KEY',
  'a.',
])('many times %j are looked at once each', (part) => {
  // Looking at the rest again from each of them would take minutes.
  expect(redactText(part.repeat(300_000)).length).toBeGreaterThan(0);
});

describe('a line', () => {
  /** Texts that carry a credential, and what must not be left of it. */
  const credential = fc.oneof(
    fc
      .constantFrom(TOKEN, SPACED_TOKEN, TELNYX_KEY, SECRET)
      .map((text) => ({ text, left: [text, 'c2lnbmF0dXJl'] })),
    fc
      .record({
        name: fc.constantFrom('token', 'login_token', 'jwtSecret', 'password', 'authorization', 'API-Key'),
        value: fc.stringMatching(/^[a-z0-9]{12,20}$/).map((value) => `<${value}>`),
        form: fc.constantFrom('=', ': ', '="', '": "', "='", ' = Bearer '),
      })
      .map(({ name, value, form }) => ({
        text: `${name}${form}${value}`,
        left: [value, value.slice(1, -1)],
      })),
  );
  const around = fc.string({ unit: 'binary', maxLength: 20 });
  /** The text with something around it that has no quote open. */
  const carried = fc.tuple(around, credential, around).map(([before, { text, left }, after]) => ({
    text: `${before.replace(/["'\\]/g, '')} ${text} ${after}`,
    left,
  }));

  /** Each way by which a text may come into the log. */
  const ways: Record<string, (logger: Logger, text: string) => void> = {
    message: (logger, text) => logger.info(text),
    'message with values': (logger, text) => logger.info({ a: 1 }, '%s and %j', text, { text }),
    value: (logger, text) => logger.info({ text }, 'said'),
    'name of a value': (logger, text) => logger.info({ [text]: 1 }, 'said'),
    'nested value': (logger, text) => logger.info({ a: [{ b: [text, { c: text }] }] }, 'said'),
    error: (logger, text) => logger.error({ err: new Error(text) }, 'failed'),
    'error alone': (logger, text) => logger.error(new Error(text)),
    cause: (logger, text) =>
      logger.error({ err: new Error('outer', { cause: new TypeError(text) }) }, 'failed'),
    'stack and properties': (logger, text) => {
      const error = Object.assign(new Error('failed'), { url: text, details: { text } });
      error.stack = `Error: failed\n    at ${text}`;
      logger.error({ err: error }, 'failed');
    },
    'aggregate error': (logger, text) =>
      logger.error({ err: new AggregateError([new Error(text)]) }, 'failed'),
    'child binding': (logger, text) => logger.child({ user: text, nested: { text } }).info('said'),
    'text of toJSON': (logger, text) => logger.info({ it: { toJSON: () => ({ text }) } }, 'said'),
    'circular value': (logger, text) => {
      const circle: Record<string, unknown> = { text };
      circle.self = circle;
      logger.info({ circle }, 'said');
    },
  };

  test.each(Object.keys(ways))('has no credential that came as %s, and can be parsed', (way) => {
    fc.assert(
      fc.property(carried, ({ text, left }) => {
        const { logger, lines } = recording();
        ways[way]?.(logger, text);
        expect(lines).toHaveLength(1);
        for (const line of lines) {
          expect(line.endsWith('\n')).toBe(true);
          const everything = textsIn(JSON.parse(line)).join('\n');
          for (const rest of left) expect(everything).not.toContain(rest);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('of any text can be parsed, and has its text where that has no credential', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (text, value) => {
        const { logger, lines } = recording();
        logger.info({ value, text }, text);
        const line = JSON.parse(lines.join(''));
        if (redactText(text, [SECRET]) === text) expect(line).toMatchObject({ text, msg: text });
      }),
    );
  });

  test('of a name with a quote after "token" can be parsed', () => {
    const { logger, lines } = recording();
    logger.child({ user: 'token="' }).info({ name: 'password="x", "y":"' }, 'token="');
    expect(JSON.parse(lines.join(''))).toMatchObject({ level: 'info' });
  });

  test.each([
    [{ password: 'plain' }, { password: '[redacted]' }],
    [
      { token: { value: 'plain' }, secret: ['plain'] },
      { token: '[redacted]', secret: '[redacted]' },
    ],
    [{ pin: { api_key: 1234 } }, { pin: { api_key: '[redacted]' } }],
    [
      { token: null, password: false },
      { token: null, password: false },
    ],
    [
      { tokens: 3, credentialId: 'abc' },
      { tokens: 3, credentialId: 'abc' },
    ],
  ])('has no value by the name of a credential: %j', (given, expected) => {
    const { logger, lines } = recording();
    logger.info(given);
    expect(JSON.parse(lines.join(''))).toMatchObject(expected);
  });

  test('of what is nested too deep is cut', () => {
    const { logger, lines } = recording();
    let value: unknown = TOKEN;
    for (let depth = 0; depth < 2000; depth++) value = { value };
    logger.info({ value }, 'deep');
    expect(lines.join('')).not.toContain('eyJ');
    expect(JSON.parse(lines.join(''))).toMatchObject({ msg: 'deep' });
  });
});

test('pretty lines are without them too', async () => {
  const program = `
    import { createLogger } from '${new URL('../../../src/lib/logger.ts', import.meta.url).href}';
    const logger = createLogger({ level: 'info', pretty: true, secrets: ['correct horse'] });
    logger.child({ user: 'token="' }).info({ url: '/x?token=${TOKEN}' }, 'said correct horse, password="battery staple"');
    logger.flush();
  `;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toContain('said');
  expect(stdout).toContain('/x?token=[redacted]');
  expect(stdout).not.toMatch(/eyJ|horse|staple/);
});

/** All texts in a JSON value, those of names too. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => [name, ...textsIn(item)]);
}
