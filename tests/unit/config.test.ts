import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parse } from 'dotenv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config.ts';

const JWT_SECRET = 'f0e1d2c3b4a5968778695a4b3c2d1e0f';

/** The faults of an environment, in which the secret is good unless it has another. */
function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig({ JWT_SECRET, ...env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

test('a secret alone is enough, in production too', () => {
  expect(loadConfig({ JWT_SECRET })).toEqual({
    environment: 'development',
    warnings: [],
    tls: { from: 'none' },
    load: { loopDelayMs: 250, workerCpu: 0.9, workerAnswerMs: 500 },
    drain: { deadlineMs: 3_600_000, spreadMs: 10_000 },
    logLevel: 'info',
    dataDir: 'data',
    auditDays: 90,
    server: {
      host: undefined,
      port: 8080,
      maxHeaderBytes: 16_384,
      headerTimeoutMs: 10_000,
      frameAncestors: "'none'",
      publicUrl: undefined,
    },
    metrics: { token: undefined, address: undefined },
    auth: {
      secret: { id: undefined, secret: JWT_SECRET },
      previousSecrets: [],
      tokenMaxTtlSeconds: 604_800,
      clockToleranceSeconds: 5,
      allowedOrigins: [],
      trustedProxies: [],
      devTokenOpen: false,
    },
    rooms: { lobby: false, maxLobby: 100, maxBans: 10_000 },
    media: {
      listenAddress: undefined,
      announcedAddress: undefined,
      port: 40_000,
      workers: availableParallelism(),
      videoCodec: 'vp8',
    },
    socket: {
      pingIntervalMs: 8000,
      joinTimeoutMs: 600_000,
      maxMessageBytes: 65_536,
      maxBufferedBytes: 1_048_576,
      messagesPerSecond: 50,
      messageBurst: 200,
      maxQueuedRequests: 128,
      graceMs: 15_000,
      maxKeptEvents: 1000,
    },
    limits: {
      maxRooms: 1000,
      maxPeersPerRoom: 200,
      watchersListedUpTo: 100,
      maxPeersPerUser: 10,
      maxPeersPerAddress: 0,
      duplicateUser: 'allow',
      maxProducersPerPeer: 8,
      maxConsumersPerPeer: 500,
      maxConsumersPerWorker: 1000,
      maxVideoConsumersPerPeer: 200,
      maxOutgoingBitrate: 50_000_000,
      maxDataProducersPerPeer: 4,
      audioGateAbove: 8,
      maxForwardedMics: 5,
      maxRecentSpeakers: 20,
      hostsAlwaysForwarded: false,
      maxIncomingBitrate: 20_000_000,
      costs: {
        produce: 30,
        pause: 120,
        update: 300,
        consumer: 6000,
        layers: 6000,
        connect: 60,
        act: 600,
        token: 20,
        chat: 60,
        hint: 60,
        list: 60,
      },
      maxWaiting: 2000,
      maxWaitingPerUser: 2,
      maxSocketsPerAgent: 20,
      connectionsPerMinute: 600,
      requestsPerMinute: 600,
      userRequestsPerMinute: 300,
      apiRequestsPerMinute: 6000,
      webhooksPerMinute: 60_000,
    },
    turn: { stunUrls: [], turn: undefined },
    telephony: expect.objectContaining({ apiKey: undefined }),
    webhooks: {
      urls: [],
      secrets: [],
      events: ['room.*', 'peer.*', 'source.*', 'token.*'],
      allowedNetworks: [],
      maxWaiting: 1_000_000,
    },
  });
  expect(loadConfig({ JWT_SECRET, ENVIRONMENT: 'production' }).environment).toBe('production');
});

test('the configuration is frozen', () => {
  const config = loadConfig({ JWT_SECRET, ALLOWED_ORIGINS: 'https://a.example' });
  for (const part of [config, ...Object.values(config), config.auth.allowedOrigins]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

describe('.env.example', () => {
  const example = parse(readFileSync(new URL('../../.env.example', import.meta.url)));

  test('has the defaults, and a secret to fill in', () => {
    expect(example.JWT_SECRET).toBe('');
    expect(loadConfig({ ...example, JWT_SECRET })).toEqual(loadConfig({ JWT_SECRET }));
  });

  test('has each variable that is read, and no other', () => {
    const read = new Set<string>();
    const get = (_: unknown, name: string) => {
      read.add(name);
      return name === 'JWT_SECRET' ? JWT_SECRET : undefined;
    };
    const spy = new Proxy<Record<string, string>>({}, { get });
    loadConfig(spy);
    expect(Object.keys(example).sort()).toEqual([...read].sort());
  });
});

test('all faults are told at once, each by its name, and no secret', () => {
  const faults = faultsOf({
    SERVER_ADDR: '8080',
    JWT_SECRET: 'too-short-for-production',
    LOG_LEVEL: 'warning',
    ENVIRONMENT: 'production',
    MEDIA_PORT: '-1',
    ALLOWED_ORIGINS: 'https://ok.example, example.com, https://x.example/',
    DEV_TOKEN_OPEN: 'true',
  });
  expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
    'LOG_LEVEL',
    'SERVER_ADDR',
    'DEV_TOKEN_OPEN',
    'JWT_SECRET',
    'ALLOWED_ORIGINS',
    'ALLOWED_ORIGINS',
    'MEDIA_PORT',
  ]);
  expect(new ConfigError(faults).message.split('\n')).toHaveLength(8);
  expect(new ConfigError(faults).message).not.toContain('too-short');
});

describe('the metrics', () => {
  test.each(['a', 'secret', 'x'.repeat(31)])('in production the token %s is weak', (METRICS_TOKEN) => {
    const faults = faultsOf({ ENVIRONMENT: 'production', METRICS_TOKEN });
    expect(faults).toEqual([expect.stringMatching(/^METRICS_TOKEN /)]);
    expect(faultsOf({ METRICS_TOKEN })).toEqual([]);
  });

  test.each(['two words', 'ünicode', 'a\nb'])('%j cannot stand in a header', (METRICS_TOKEN) => {
    expect(faultsOf({ METRICS_TOKEN })).toEqual([expect.stringMatching(/^METRICS_TOKEN /)]);
  });

  test('have an address of their own', () => {
    const { metrics } = loadConfig({ JWT_SECRET, METRICS_ADDR: '127.0.0.1:9090' });
    expect(metrics.address).toEqual({ host: '127.0.0.1', port: 9090 });
    expect(faultsOf({ METRICS_ADDR: '9090' })).toEqual([expect.stringMatching(/^METRICS_ADDR /)]);
  });

  test.each([
    [{ SERVER_ADDR: ':8080', METRICS_ADDR: ':8080' }, 'METRICS_ADDR'],
    [{ SERVER_ADDR: ':8080', METRICS_ADDR: '127.0.0.1:8080' }, 'METRICS_ADDR'],
    [{ SERVER_ADDR: '10.0.0.1:8080', METRICS_ADDR: '127.0.0.1:8080' }, undefined],
    [{ SERVER_ADDR: ':0', METRICS_ADDR: ':0' }, undefined],
    [{ METRICS_ADDR: ':40001', MEDIA_WORKERS: '4' }, 'MEDIA_PORT'],
  ])('share no port: %j', (variables, fault) => {
    expect(faultsOf(variables).map((each) => each.split(' ')[0])).toEqual(fault ? [fault] : []);
  });
});

describe('a value', () => {
  const variables = Object.keys(parse(readFileSync(new URL('../../.env.example', import.meta.url))));
  /** No word of a fault, a warning or a variable's name. */
  const credential = fc.stringMatching(/^[A-Z][0-9]{3}[a-z]{2}[A-Z0-9]{6,20}$/);
  const around = fc.constantFrom(
    (secret: string) => secret,
    (secret: string) => `https://user:${secret}@example.com/v2`,
    (secret: string) => `https://example.com/?token=${secret}`,
    (secret: string) => `wss://${secret}@example.com#${secret}`,
    (secret: string) => `turn:user:${secret}@turn.example.com:3478`,
    (secret: string) => `stun:stun.example.com:3478, turn:${secret}@turn.example.com`,
    (secret: string) => `https://a.example,https://b.example/${secret}`,
    (secret: string) => `id:${secret}:,${secret}`,
    (secret: string) => `${secret} ${secret}`,
    (secret: string) => `127.0.0.1:${secret}`,
  );

  test('never stands in a fault, a warning or a reason, whatever variable it is in', () => {
    const attempt = (env: Record<string, string>) => {
      try {
        const { warnings, telephony } = loadConfig({ JWT_SECRET, ...env }, Object.keys(env));
        return JSON.stringify([warnings, telephony.faults, telephony.login]);
      } catch (error) {
        return error instanceof ConfigError ? JSON.stringify([error.message, error.faults]) : String(error);
      }
    };
    const property = fc.property(
      fc.subarray([...variables, 'MEDIA_PRT', 'TELNYX_API_KEYS'], { minLength: 1 }),
      credential,
      around,
      fc.constantFrom('development', 'production'),
      (names, secret, write, ENVIRONMENT) => {
        const env = Object.fromEntries(names.map((name) => [name, write(secret)]));
        expect(attempt({ ENVIRONMENT, ...env })).not.toContain(secret);
        for (const name of names)
          expect(attempt({ ENVIRONMENT, [name]: write(secret) })).not.toContain(secret);
      },
    );
    fc.assert(property, { numRuns: 200 });
  });
});

describe('a misspelt variable', () => {
  const warningsOf = (inFile: Record<string, string>, inProcess: Record<string, string> = {}) =>
    loadConfig({ JWT_SECRET, ...inProcess, ...inFile }, Object.keys(inFile)).warnings;

  test.each([
    ['MEDIA_PRT', 'MEDIA_PORT'],
    ['MEDIA_PROT', 'MEDIA_PORT'],
    ['media_port', 'MEDIA_PORT'],
    ['MAX_ROOM', 'MAX_ROOMS'],
    ['SERVER_ADDRESS', 'SERVER_ADDR'],
    ['ALLOWED_ORIGIN', 'ALLOWED_ORIGINS'],
    ['TURN_USER', 'TURN_USERNAME'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['TELNYX_APIKEY', 'TELNYX_API_KEY'],
    ['TELNYX_CREDENTIAL_ID', 'TELNYX_TELEPHONY_CREDENTIAL_ID'],
    ['TELNYX_CONNECTION_ID', 'TELNYX_WEBRTC_CONNECTION_ID'],
  ])('%s is named with %s', (name, meant) => {
    expect(warningsOf({ [name]: '1' })).toEqual([
      `${name} is no variable of this server: is ${meant} meant?`,
    ]);
  });

  test.each([
    'NODE_ENV',
    'PORT',
    'TZ',
    'HOST',
    'DATABASE_URL',
    'MEDIASOUP_WORKER_BIN',
    'SESSION_MANAGER',
  ])('%s in .env is another program’s', (name) => {
    expect(warningsOf({ [name]: '1' })).toEqual([]);
  });

  test('of the process is looked at only where it begins as ours do', () => {
    expect(warningsOf({}, { MAX_ROOM: '1', LOGLEVEL: 'x', TELNYX_API_KEYS: 'x' })).toEqual([
      'TELNYX_API_KEYS is no variable of this server: is TELNYX_API_KEY meant?',
    ]);
  });
});

test('unknown variables are ignored, and empty ones are as if not set', () => {
  expect(faultsOf({ MAX_ROOMZ: 'x', PATH: '', MAX_ROOMS: '', LOG_LEVEL: ' ' })).toEqual([]);
});

describe('the secret', () => {
  test('is required, and the fault says what to do', () => {
    expect(faultsOf({ JWT_SECRET: '' })).toEqual([expect.stringMatching(/^JWT_SECRET .*npm run setup/)]);
  });

  test('may be weak in development, with a warning', () => {
    expect(loadConfig({ JWT_SECRET: 'tt55oo77' }).warnings).toEqual([
      expect.stringMatching(/^JWT_SECRET is one that everybody knows: .*; production refuses it$/),
    ]);
  });

  test.each([
    ['tt55oo77', 'everybody knows'],
    ['Secret', 'everybody knows'],
    ['0123456789ABCDEF0123456789abcdef', 'everybody knows'],
    ['a-string-secret-at-least-256-bits-long', 'everybody knows'],
    ['x'.repeat(31), 'at least 32 bytes'],
    ['\u00e9'.repeat(15), 'at least 32 bytes'],
  ])('%s is refused in production: %s', (secret, reason) => {
    const faults = faultsOf({ ENVIRONMENT: 'production', JWT_SECRET: secret });
    expect(faults).toEqual([expect.stringContaining(reason)]);
    expect(faults.join()).not.toContain(secret);
  });

  test('is measured in bytes', () => {
    const short = { ENVIRONMENT: 'production', JWT_SECRET: `${JWT_SECRET.slice(0, 29)}\u00e9` };
    expect(faultsOf(short)).toEqual([expect.stringContaining('at least 32 bytes')]);
    expect(faultsOf({ ...short, JWT_SECRET: `${short.JWT_SECRET}x` })).toEqual([]);
  });
});

describe('addresses', () => {
  test.each([
    [':8080', undefined, 8080],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['localhost:9', 'localhost', 9],
    ['[::1]:8080', '::1', 8080],
  ])('SERVER_ADDR %s', (SERVER_ADDR, host, port) => {
    expect(loadConfig({ JWT_SECRET, SERVER_ADDR }).server).toMatchObject({ host, port });
  });

  test.each([
    '8080',
    '',
    ':',
    ':65536',
    ':-1',
    '::1:8080',
    '[::g]:1',
    '[127.0.0.1]:1',
    'a b:1',
    ':8080/',
  ])('SERVER_ADDR %j', (SERVER_ADDR) =>
    expect(faultsOf({ SERVER_ADDR })).toHaveLength(SERVER_ADDR === '' ? 0 : 1));

  test.each(['0.0.0.0', '::', ''])('MEDIA_LISTEN_ADDRESS %j is each address', (MEDIA_LISTEN_ADDRESS) => {
    expect(loadConfig({ JWT_SECRET, MEDIA_LISTEN_ADDRESS }).media.listenAddress).toBeUndefined();
  });

  test.each([
    ['MEDIA_LISTEN_ADDRESS', '192.0.2.1', true],
    ['MEDIA_LISTEN_ADDRESS', '2001:db8::1', true],
    ['MEDIA_LISTEN_ADDRESS', 'localhost', false],
    ['MEDIA_LISTEN_ADDRESS', '192.0.2.256', false],
    ['MEDIA_ANNOUNCED_ADDRESS', 'media.example.com', true],
    ['MEDIA_ANNOUNCED_ADDRESS', '192.0.2.1', true],
    ['MEDIA_ANNOUNCED_ADDRESS', '2001:db8::1', true],
    ['MEDIA_ANNOUNCED_ADDRESS', '192.0.2.256', false],
    ['MEDIA_ANNOUNCED_ADDRESS', 'a_b.example', false],
    ['MEDIA_ANNOUNCED_ADDRESS', 'https://a.example', false],
    ['TRUSTED_PROXIES', '127.0.0.1, 10.0.0.0/8,::1', true],
    ['TRUSTED_PROXIES', 'localhost', false],
    ['ALLOWED_ORIGINS', 'https://a.example,http://localhost:3000', true],
    ['ALLOWED_ORIGINS', '*', false],
    ['ALLOWED_ORIGINS', 'null', false],
  ])('%s %s: %s', (name, value, good) => {
    expect(faultsOf({ [name]: value })).toHaveLength(good ? 0 : 1);
  });

  test('origins are kept in their one spelling', () => {
    const { auth } = loadConfig({ JWT_SECRET, ALLOWED_ORIGINS: ' HTTPS://A.example:443 ,,' });
    expect(auth.allowedOrigins).toEqual(['https://a.example']);
  });
});

describe('ports of media', () => {
  test('must exist for each worker', () => {
    expect(faultsOf({ MEDIA_PORT: '65535', MEDIA_WORKERS: '1' })).toEqual([]);
    expect(faultsOf({ MEDIA_PORT: '65535', MEDIA_WORKERS: '2' })).toHaveLength(1);
  });

  test('must leave out the port of the server', () => {
    const env = { SERVER_ADDR: ':40001', MEDIA_PORT: '40000' };
    expect(faultsOf({ ...env, MEDIA_WORKERS: '1' })).toEqual([]);
    expect(faultsOf({ ...env, MEDIA_WORKERS: '2' })).toHaveLength(1);
    expect(faultsOf({ ...env, MEDIA_PORT: '0', MEDIA_WORKERS: '2' })).toEqual([]);
  });
});

test.each([
  ['none', "'none'"],
  ["'none'", "'none'"],
  ['self', "'self'"],
  ['self  https://A.example:8443 *.b.example', "'self' https://a.example:8443 *.b.example"],
])('FRAME_ANCESTORS %s is %s', (FRAME_ANCESTORS, expected) => {
  expect(loadConfig({ JWT_SECRET, FRAME_ANCESTORS }).server.frameAncestors).toBe(expected);
});

test.each([
  ['FRAME_ANCESTORS', 'none self'],
  ['FRAME_ANCESTORS', "'self'; script-src *"],
  ['FRAME_ANCESTORS', 'https://a.example,https://b.example'],
  ['FRAME_ANCESTORS', '*'],
  ['LOG_LEVEL', 'INFO'],
  ['ENVIRONMENT', 'staging'],
  ['DEV_TOKEN_OPEN', 'yes'],
  ['TOKEN_CLOCK_TOLERANCE', '61'],
  ['TOKEN_MAX_TTL', '0'],
  ['MAX_ROOMS', '1.5'],
  ['MAX_ROOMS', '1e3'],
  ['MAX_ROOMS', '0x10'],
  ['MAX_ROOMS', '-1'],
  ['MAX_ROOMS', 'NaN'],
  ['MAX_ROOMS', '9'.repeat(30)],
])('%s=%s is a fault', (name, value) => {
  expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(`^${name} `)]);
});

describe('the rotation of secrets', () => {
  const other = 'bbbb9c27e01d4a8f6b53';

  test('has ids, and secrets from before that may have colons in them', () => {
    const { auth } = loadConfig({
      JWT_SECRET,
      JWT_SECRET_ID: 'b',
      JWT_SECRET_PREVIOUS: ` a:${other}:x , 0:${other}`,
    });
    expect(auth.secret).toEqual({ id: 'b', secret: JWT_SECRET });
    expect(auth.previousSecrets).toEqual([
      { id: 'a', secret: `${other}:x` },
      { id: '0', secret: other },
    ]);
  });

  test.each([
    ['no id', { JWT_SECRET_PREVIOUS: other }],
    ['an empty secret', { JWT_SECRET_PREVIOUS: 'a:' }],
    ['an id twice', { JWT_SECRET_PREVIOUS: `a:${other},a:${other}` }],
    ['the id of the secret itself', { JWT_SECRET_ID: 'a', JWT_SECRET_PREVIOUS: `a:${other}` }],
    ['an id with a space', { JWT_SECRET_ID: 'a b' }],
    ['a short one in production', { ENVIRONMENT: 'production', JWT_SECRET_PREVIOUS: 'a:short' }],
    ['a known one in production', { ENVIRONMENT: 'production', JWT_SECRET_PREVIOUS: 'a:changeme' }],
  ])('refuses %s, and quotes none', (_what, variables) => {
    const attempt = () => loadConfig({ JWT_SECRET, ...variables });
    expect(attempt).toThrow(/JWT_SECRET_(ID|PREVIOUS)/);
    expect(attempt).not.toThrow(/bbbb|short\b.*:|changeme/);
  });
});
