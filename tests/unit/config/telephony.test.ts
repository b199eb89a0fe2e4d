import { describe, expect, test } from 'vitest';
import { readTelephony } from '../../../src/config/telephony.ts';
import { loadConfig } from '../../../src/config.ts';
import { EnvReader } from '../../../src/lib/env-reader.ts';

function read(env: Record<string, string>) {
  const reader = new EnvReader(env);
  return { telephony: readTelephony(reader), faults: reader.faults };
}

test('without variables the dialer is off, and all that has a default is Telnyx itself', () => {
  expect(read({})).toEqual({
    telephony: {
      apiUrl: 'https://api.telnyx.com/v2',
      rtcUrl: 'wss://rtc.telnyx.com',
      unsignedWebhooks: false,
      fromNumbers: [],
      checkSeconds: 300,
      login: { way: 'none' },
      unused: [],
      faults: [],
      stunServers: ['stun:stun.telnyx.com:3478'],
      turnServers: [
        {
          urls: ['turn:turn.telnyx.com:3478?transport=udp', 'turn:turn.telnyx.com:3478?transport=tcp'],
          username: 'testuser',
          credential: 'testpassword',
        },
      ],
    },
    faults: [],
  });
});

test('reads what is set', () => {
  const publicKey = Buffer.alloc(32, 7).toString('base64');
  const { telephony, faults } = read({
    TELNYX_API_KEY: ' KEY0189_abc ',
    TELNYX_PUBLIC_KEY: publicKey,
    TELNYX_WEBRTC_CONNECTION_ID: '1234567890',
    TELNYX_WEBRTC_USERNAME: 'agent',
    TELNYX_WEBRTC_PASSWORD: 'a b c',
    TELNYX_FROM_NUMBERS: '+15551234567, +442071838750',
    TELNYX_API_URL: 'http://127.0.0.1:4711/v2/',
    TELNYX_RTC_URL: 'ws://127.0.0.1:4712',
  });
  expect(faults).toEqual([]);
  expect(telephony).toMatchObject({
    apiKey: 'KEY0189_abc',
    publicKey,
    connectionId: '1234567890',
    username: 'agent',
    password: 'a b c',
    fromNumbers: ['+15551234567', '+442071838750'],
    apiUrl: 'http://127.0.0.1:4711/v2',
    rtcUrl: 'ws://127.0.0.1:4712',
  });
});

test('TURN servers of your own come with their own name and password, and never with the default ones', () => {
  const own = { TELNYX_TURN_SERVERS: 'turns:turn.example:443?transport=tcp' };
  const named = { ...own, TELNYX_TURN_USERNAME: 'me', TELNYX_TURN_PASSWORD: 'mine' };
  expect(read(named).telephony.turnServers).toEqual([
    { urls: ['turns:turn.example:443?transport=tcp'], username: 'me', credential: 'mine' },
  ]);
  expect(read(own).faults).toEqual([expect.stringMatching(/^TELNYX_TURN_SERVERS .*TELNYX_TURN_USERNAME/)]);
  expect(JSON.stringify(read(own).telephony.turnServers)).not.toContain('testpassword');
});

describe('what softphones log in with', () => {
  const token = { TELNYX_API_KEY: 'KEY', TELNYX_WEBRTC_CONNECTION_ID: '1' };
  const shared = { TELNYX_API_KEY: 'KEY', TELNYX_TELEPHONY_CREDENTIAL_ID: 'c' };
  const sip = { TELNYX_WEBRTC_USERNAME: 'agent', TELNYX_WEBRTC_PASSWORD: 'p' };
  const all = { ...token, ...shared, ...sip };

  test.each<[string, Record<string, string>, object, string[]]>([
    ['by default', token, { way: 'token', chosenBy: 'default' }, []],
    ['by default', shared, { way: 'token', chosenBy: 'default' }, []],
    ['by default', sip, { way: 'credentials', chosenBy: 'default' }, []],
    ['by default', { ...sip, TELNYX_API_KEY: 'KEY' }, { way: 'credentials', chosenBy: 'default' }, []],
    [
      'by default',
      { ...all, TELNYX_API_KEY: '' },
      { way: 'credentials', chosenBy: 'default' },
      ['TELNYX_TELEPHONY_CREDENTIAL_ID'],
    ],
    ['by default', all, { way: 'token', chosenBy: 'default' }, ['TELNYX_TELEPHONY_CREDENTIAL_ID']],
    [
      'TELNYX_LOGIN=token',
      { ...all, TELNYX_LOGIN: 'token' },
      { way: 'token', chosenBy: 'TELNYX_LOGIN' },
      ['TELNYX_TELEPHONY_CREDENTIAL_ID', 'TELNYX_WEBRTC_USERNAME', 'TELNYX_WEBRTC_PASSWORD'],
    ],
    [
      'TELNYX_LOGIN=credentials',
      { ...all, TELNYX_LOGIN: 'credentials' },
      { way: 'credentials', chosenBy: 'TELNYX_LOGIN' },
      ['TELNYX_TELEPHONY_CREDENTIAL_ID', 'TELNYX_WEBRTC_CONNECTION_ID'],
    ],
  ])('%s: %j', (_how, env, login, unused) => {
    expect(read(env)).toMatchObject({ telephony: { login, unused }, faults: [] });
  });

  test('each agent has a credential of their own where a connection is set beside the one for all', () => {
    expect(read(all).telephony).toMatchObject({ connectionId: '1', credentialId: undefined });
  });

  test('the variables of the way that TELNYX_LOGIN does not name are not used', () => {
    const { telephony } = read({ ...all, TELNYX_LOGIN: 'token' });
    expect([telephony.username, telephony.password]).toEqual([undefined, undefined]);
    const other = read({ ...all, TELNYX_LOGIN: 'credentials' }).telephony;
    expect([other.connectionId, other.credentialId]).toEqual([undefined, undefined]);
  });

  test.each<[Record<string, string>, string]>([
    [{ ...sip, TELNYX_LOGIN: 'token' }, 'TELNYX_LOGIN is token, and TELNYX_API_KEY is not set'],
    [
      { ...token, TELNYX_WEBRTC_USERNAME: 'a', TELNYX_LOGIN: 'credentials' },
      'TELNYX_LOGIN is credentials, and TELNYX_WEBRTC_PASSWORD is not set',
    ],
    [
      { TELNYX_API_KEY: 'KEY' },
      'neither TELNYX_WEBRTC_CONNECTION_ID nor TELNYX_TELEPHONY_CREDENTIAL_ID is set',
    ],
    [{ TELNYX_WEBRTC_CONNECTION_ID: '1' }, 'TELNYX_API_KEY is not set'],
    [{ TELNYX_WEBRTC_PASSWORD: 'p' }, 'TELNYX_WEBRTC_USERNAME is not set'],
    [{ ...all, TELNYX_LOGIN: 'sip' }, 'TELNYX_LOGIN is wrong'],
    [
      { ...all, TELNYX_API_URL: 'x', TELNYX_FROM_NUMBERS: '1,2' },
      'TELNYX_API_URL, TELNYX_FROM_NUMBERS are wrong',
    ],
  ])('is nothing with %j', (env, reason) => {
    expect(read(env).telephony.login).toEqual({ way: 'off', reason });
  });
});

test('nothing of the dialer keeps the rooms from starting', () => {
  const env = { TELNYX_API_KEY: 'two words', TELNYX_LOGIN: 'both', TELNYX_CHECK_SECONDS: '0' };
  const { telephony } = loadConfig({ JWT_SECRET: 'a secret of this test, with 32 bytes or more', ...env });
  expect(telephony.login).toEqual({
    way: 'off',
    reason: 'TELNYX_CHECK_SECONDS, TELNYX_LOGIN, TELNYX_API_KEY are wrong',
  });
  expect(telephony.faults).toHaveLength(3);
});

describe('faults', () => {
  test.each([
    ['TELNYX_API_KEY', 'two words'],
    ['TELNYX_API_KEY', 'schlüssel'],
    ['TELNYX_PUBLIC_KEY', 'too short'],
    ['TELNYX_PUBLIC_KEY', Buffer.alloc(31).toString('base64')],
    ['TELNYX_TELEPHONY_CREDENTIAL_ID', '../balance'],
    ['TELNYX_WEBRTC_CONNECTION_ID', 'a b'],
    ['TELNYX_WEBRTC_USERNAME', 'a b'],
    ['TELNYX_FROM_NUMBERS', '5551234567'],
    ['TELNYX_FROM_NUMBERS', '+0123'],
    ['TELNYX_STUN_SERVERS', 'stun.example:3478'],
    ['TELNYX_TURN_SERVERS', 'turn:host?transport=sctp'],
    ['TELNYX_API_URL', 'api.telnyx.com'],
    ['TELNYX_API_URL', 'https://user@api.telnyx.com'],
    ['TELNYX_RTC_URL', 'https://rtc.telnyx.com'],
  ])('%s=%s', (name, value) => {
    const { faults } = read({ [name]: value, TELNYX_TURN_USERNAME: 'u', TELNYX_TURN_PASSWORD: 'p' });
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });

  test('have nothing of the API key, or of a password in an address', () => {
    expect(read({ TELNYX_API_KEY: 'KEY with spaces' }).faults.join()).not.toContain('KEY with');
    const { faults } = read({ TELNYX_API_URL: 'https://:the-password@api.telnyx.com' });
    expect(faults).toEqual([expect.stringMatching(/^TELNYX_API_URL must be a URL/)]);
    expect(faults.join()).not.toContain('the-password');
  });
});

test('webhooks without signatures are for development, and for servers without a key', () => {
  const unsigned = { TELNYX_WEBHOOK_UNSIGNED: 'true' };
  expect(read(unsigned)).toMatchObject({ telephony: { unsignedWebhooks: true }, faults: [] });
  const inProduction = read({ ...unsigned, ENVIRONMENT: 'production' });
  expect(inProduction.telephony.unsignedWebhooks).toBe(false);
  expect(inProduction.faults).toEqual([
    expect.stringContaining('TELNYX_WEBHOOK_UNSIGNED must not be set in'),
  ]);
  const withKey = read({ ...unsigned, TELNYX_PUBLIC_KEY: Buffer.alloc(32, 7).toString('base64') });
  expect(withKey.faults).toEqual([expect.stringContaining('TELNYX_WEBHOOK_UNSIGNED must not be set beside')]);
});
