import { afterEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '../../../src/lib/errors.ts';
import { account, recordingLogger, sharedTokens } from './support.ts';

const TOKEN = 'POST /telephony_credentials/…/token';
const HOUR = 3_600_000;

describe('a token', () => {
  test('is asked for once, and given until it is due', async () => {
    let now = Date.now();
    const telnyx = await account();
    const { tokens, credential } = sharedTokens(telnyx, { now: () => now });
    const first = await tokens.get('alice');
    expect(telnyx.fake.credentialOf(first.token)).toBe(credential);
    expect(await tokens.get('bob')).toBe(first);
    now = first.refreshAt - 1;
    expect(await tokens.get('alice')).toBe(first);
    expect(telnyx.fake.count(TOKEN)).toBe(1);
    now = first.refreshAt;
    expect(await tokens.get('alice')).not.toBe(first);
    expect(telnyx.fake.count(TOKEN)).toBe(2);
  });

  test('is asked for once for all who come at the same time', async () => {
    const telnyx = await account();
    const { tokens } = sharedTokens(telnyx);
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => tokens.get(`agent ${index}`)));
    expect(new Set(all.map(({ token }) => token)).size).toBe(1);
    expect(telnyx.fake.count(TOKEN)).toBe(1);
  });

  test('that cannot be had fails for all who wait, and the next one asks again', async () => {
    const telnyx = await account();
    const { tokens } = sharedTokens(telnyx);
    telnyx.fake.faults.add(/token$/, { kind: 'status', status: 401 });
    const outcomes = await Promise.allSettled([tokens.get('alice'), tokens.get('bob')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(tokens.size).toBe(0);
    expect((await tokens.get('alice')).token).toMatch(/^eyJ/);
  });
});

describe('asking Telnyx', () => {
  test.each([
    [{ kind: 'status', status: 408 }],
    [{ kind: 'status', status: 429, retryAfter: 0 }],
    [{ kind: 'status', status: 500 }],
    [{ kind: 'drop' }],
  ] as const)('gets over %j', async (fault) => {
    const telnyx = await account();
    const { tokens } = sharedTokens(telnyx);
    telnyx.fake.faults.add(/token$/, fault, 3);
    expect((await tokens.get('alice')).token).toMatch(/^eyJ/);
    expect(telnyx.fake.count(TOKEN)).toBe(4);
  });

  test.each([
    ['telnyx_key_refused', { kind: 'status', status: 401 }, 1],
    ['telnyx_refused', { kind: 'status', status: 422 }, 1],
    ['telnyx_unavailable', { kind: 'status', status: 503 }, 4],
    ['telnyx_unavailable', { kind: 'status', status: 429, retryAfter: 3600 }, 1],
    ['telnyx_unavailable', { kind: 'garbage', status: 201, type: 'text/plain', body: 'no token' }, 1],
  ] as const)('ends with %s for %j', async (code, fault, times) => {
    const telnyx = await account();
    const { tokens } = sharedTokens(telnyx);
    telnyx.fake.faults.add(/token$/, fault, 9);
    await expect(tokens.get('alice')).rejects.toMatchObject({ code });
    expect(telnyx.fake.count(TOKEN)).toBe(times);
  });

  test('says which variable names a credential that is not there', async () => {
    const telnyx = await account();
    const { tokens, credential } = sharedTokens(telnyx);
    telnyx.fake.credentials.delete(credential.id);
    await expect(tokens.get('alice')).rejects.toMatchObject({
      code: 'telnyx_not_found',
      message: expect.stringContaining('TELNYX_TELEPHONY_CREDENTIAL_ID'),
    });
  });

  test('ends with the server', async () => {
    const telnyx = await account();
    const { tokens, close } = sharedTokens(telnyx);
    telnyx.fake.faults.add(/token$/, { kind: 'status', status: 503, retryAfter: 0.1 }, 9);
    const asked = tokens.get('alice');
    close(new AppError('server_closing'));
    await expect(asked).rejects.toMatchObject({ code: 'server_closing' });
    await expect(tokens.get('alice')).rejects.toMatchObject({ code: 'server_closing' });
    expect(tokens.size).toBe(0);
  });
});

describe('a token that is due, of a Telnyx that is down', () => {
  async function due(fault: { kind: 'status'; status: number }) {
    let now = Date.now();
    const telnyx = await account();
    const { tokens } = sharedTokens(telnyx, { now: () => now });
    const first = await tokens.get('alice');
    telnyx.fake.faults.add(/token$/, fault, 99);
    return { tokens, first, at: (time: number) => (now = time) };
  }

  test('is given on, and is due again in a minute', async () => {
    const { tokens, first, at } = await due({ kind: 'status', status: 503 });
    const now = at(first.refreshAt + 1000);
    expect(await tokens.get('alice')).toEqual({ ...first, refreshAt: now + 60_000 });
    at(first.expiresAt);
    await expect(tokens.get('alice')).rejects.toMatchObject({ code: 'telnyx_unavailable' });
  });

  test('is not what somebody gets who asks for a fresh one', async () => {
    const { tokens, first, at } = await due({ kind: 'status', status: 503 });
    at(first.refreshAt + 1000);
    await expect(tokens.get('alice', { fresh: true })).rejects.toMatchObject({ code: 'telnyx_unavailable' });
  });

  test('does not hide a key that is refused', async () => {
    const { tokens, first, at } = await due({ kind: 'status', status: 401 });
    at(first.refreshAt + 1000);
    await expect(tokens.get('alice')).rejects.toMatchObject({ code: 'telnyx_key_refused' });
  });
});

describe('a fresh token', () => {
  test('is asked for anew, three times at once for each agent', async () => {
    const telnyx = await account();
    const { tokens } = sharedTokens(telnyx);
    const seen = [await tokens.get('alice')];
    for (let count = 0; count < 3; count++) seen.push(await tokens.get('alice', { fresh: true }));
    expect(new Set(seen.map(({ token }) => token)).size).toBe(4);
    await expect(tokens.get('alice', { fresh: true })).rejects.toMatchObject({ code: 'rate_limited' });
    expect(await tokens.get('alice')).toBe(seen[3]);
    expect(await tokens.get('bob', { fresh: true })).not.toBe(seen[3]);
    expect(telnyx.fake.count(TOKEN)).toBe(5);
  });

  test('that is on its way is shared', async () => {
    const telnyx = await account();
    const { tokens } = sharedTokens(telnyx);
    const asked = Array.from({ length: 10 }, () => tokens.get('alice', { fresh: true }));
    expect(new Set(await Promise.all(asked)).size).toBe(1);
  });
});

describe('in the background', () => {
  afterEach(() => vi.useRealTimers());

  /** A token that is due in 11 hours, in a time that a test moves. */
  async function background(isConnected: (userId: string) => boolean, ttlSeconds = 12 * 3600) {
    const telnyx = await account();
    telnyx.fake.tokenTtlSeconds = ttlSeconds;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const { logger, lines } = recordingLogger();
    const { tokens, close } = sharedTokens(telnyx, { isConnected, logger });
    const first = await tokens.get('alice');
    const asked = (count: number) => vi.waitFor(() => expect(telnyx.fake.count(TOKEN)).toBe(count));
    const failed = (count: number) => vi.waitFor(() => expect(lines).toHaveLength(count));
    return { telnyx, tokens, close, first, asked, failed };
  }

  test('a token is renewed for those who are connected', async () => {
    const { tokens, first, asked } = await background((user) => user === 'alice');
    await tokens.get('bob');
    vi.advanceTimersByTime(first.refreshAt - Date.now());
    await asked(2);
    await vi.waitFor(async () => expect(await tokens.get('alice')).not.toBe(first));
    await asked(2);
    vi.advanceTimersByTime(11 * HOUR);
    await asked(3);
  });

  test('a token that lives for seconds is not renewed more often than once a minute', async () => {
    const { telnyx, asked } = await background(() => true, 10);
    vi.advanceTimersByTime(59_000);
    expect(telnyx.fake.count(TOKEN)).toBe(1);
    vi.advanceTimersByTime(1000);
    await asked(2);
  });

  test('a token that nobody is there for is forgotten', async () => {
    const { telnyx, tokens } = await background(() => false);
    vi.advanceTimersByTime(11 * HOUR);
    expect(tokens.size).toBe(0);
    vi.advanceTimersByTime(11 * HOUR);
    expect(telnyx.fake.count(TOKEN)).toBe(1);
  });

  test('what fails is tried again each minute, as long as the token is good', async () => {
    const { telnyx, tokens, asked, failed } = await background(() => true);
    telnyx.fake.faults.add(/token$/, { kind: 'status', status: 401 }, 2);
    vi.advanceTimersByTime(11 * HOUR);
    await failed(1);
    vi.advanceTimersByTime(59_000);
    await asked(2);
    vi.advanceTimersByTime(1000);
    await failed(2);
    telnyx.fake.faults.add(/token$/, { kind: 'status', status: 401 });
    vi.setSystemTime(Date.now() + HOUR);
    vi.advanceTimersByTime(60_000);
    await failed(3);
    await vi.waitFor(() => expect(tokens.size).toBe(0));
  });

  test('the end of the server leaves no timer', async () => {
    const isConnected = vi.fn(() => true);
    const { close, tokens } = await background(isConnected);
    close(new AppError('server_closing'));
    vi.advanceTimersByTime(11 * HOUR);
    expect(tokens.size).toBe(0);
    expect(isConnected).not.toHaveBeenCalled();
  });
});
