/** `npm run doctor -- telephony` against a fake of Telnyx; with a real coturn in tests/systems/coturn.test.ts. */
import { describe, expect, test } from 'vitest';
import { dialer, doctor, examine, find, secretsOf, TURN, troubles } from '../support/doctor.ts';

describe('a dialer that is well', () => {
  test('with one credential for all is looked at through that one', async () => {
    const { env, connection, telnyx, registrar } = await dialer();
    const { id } = telnyx.addCredential(connection);
    const findings = await examine({
      ...env,
      TELNYX_WEBRTC_CONNECTION_ID: '',
      TELNYX_TELEPHONY_CREDENTIAL_ID: id,
    });
    expect(troubles(findings)).toEqual([]);
    expect(find(findings, 'passed', 'Credential').says).toContain('exists');
    expect(telnyx.credentialOf(String(registrar.logins[0]?.login_token))?.id).toBe(id);
    expect(telnyx.credentials.size).toBe(1);
  });

  test('with a name and a password alone is found by the name', async () => {
    const { env, sip } = await dialer();
    const findings = await examine({ ...env, ...sip, TELNYX_WEBRTC_CONNECTION_ID: '' });
    expect(troubles(findings)).toEqual([]);
    find(findings, 'passed', 'Connection');
    find(findings, 'passed', 'WebRTC login by password');
    expect(findings.filter(({ step }) => /token/i.test(step))).toEqual([]);
  });

  test('needs no API key where softphones log in with SIP credentials', async () => {
    const { env, sip } = await dialer();
    const findings = await examine({ ...env, ...sip, TELNYX_API_KEY: '', TELNYX_LOGIN: 'credentials' });
    expect(troubles(findings)).toEqual(['skipped API key', 'skipped Connection', 'skipped Webhook']);
    find(findings, 'passed', 'WebRTC login by password');
  });

  test('keeps its registrations where no login is wanted', async () => {
    const { env, registrar } = await dialer();
    expect(troubles(await examine(env, { logIn: false }))).toEqual(['skipped WebRTC login by token']);
    expect(registrar.logins).toEqual([]);
  });

  test('registers after some asking, as a gateway takes its time', async () => {
    const { env, registrar } = await dialer();
    registrar.states = ['UNREGED', 'TRYING', 'REGED'];
    expect(troubles(await examine(env))).toEqual([]);
  });
});

describe('the variables', () => {
  test.each<[Record<string, string>, string]>([
    [{ TELNYX_API_KEY: '' }, 'TELNYX_API_KEY is not set'],
    [{ TELNYX_API_KEY: 'two words' }, 'TELNYX_API_KEY must be'],
    [{ TELNYX_PUBLIC_KEY: '' }, 'TELNYX_PUBLIC_KEY is not set'],
    [{ TELNYX_PUBLIC_KEY: 'x' }, 'TELNYX_PUBLIC_KEY must be'],
    [{ TELNYX_WEBRTC_CONNECTION_ID: '', TELNYX_API_KEY: '' }, 'nothing that a softphone could log in with'],
    [{ TELNYX_WEBRTC_CONNECTION_ID: '' }, 'neither TELNYX_WEBRTC_CONNECTION_ID nor'],
    [{ TELNYX_LOGIN: 'credentials' }, 'TELNYX_LOGIN is credentials, and TELNYX_WEBRTC_USERNAME is not set'],
    [
      { TELNYX_LOGIN: 'credentials', TELNYX_WEBRTC_USERNAME: 'agent' },
      'TELNYX_LOGIN is credentials, and TELNYX_WEBRTC_PASSWORD is not set',
    ],
    [{ TELNYX_LOGIN: 'sip' }, 'TELNYX_LOGIN must be one of token, credentials'],
  ])('%j', async (variables, says) => {
    const { env } = await dialer();
    const findings = await examine({ ...env, ...variables }, { logIn: false });
    const said = findings.filter(({ step, result }) => step === 'Variables' && result === 'failed');
    expect(said.map((one) => one.says).join(' ')).toContain(says);
    expect(said.every(({ next }) => next)).toBe(true);
  });

  test.each([
    ['token', 'login tokens', 'WebRTC login by token'],
    ['credentials', 'SIP credentials', 'WebRTC login by password'],
  ])('of both ways: TELNYX_LOGIN=%s has that way alone looked at', async (login, says, passes) => {
    const { env, sip } = await dialer();
    // What the other way needs is wrong, and nobody asks for it.
    const other =
      login === 'token' ? { TELNYX_WEBRTC_PASSWORD: 'wrong' } : { TELNYX_WEBRTC_CONNECTION_ID: 'no' };
    const findings = await examine({ ...env, ...sip, ...other, TELNYX_LOGIN: login });
    expect(troubles(findings)).toEqual([]);
    expect(find(findings, 'passed', 'Variables').says).toContain(`${says}, as TELNYX_LOGIN says`);
    expect(findings.filter(({ step }) => step.startsWith('WebRTC')).map(({ step }) => step)).toEqual([
      passes,
    ]);
  });

  test('a SIP password under 32 characters is worth a warning, where softphones log in with it', async () => {
    const { env, sip, connection } = await dialer();
    connection.password = 'x'.repeat(31);
    const short = { ...env, ...sip, TELNYX_WEBRTC_PASSWORD: connection.password };
    expect(troubles(await examine(short))).toEqual([]);
    const findings = await examine({ ...short, TELNYX_LOGIN: 'credentials' });
    expect(troubles(findings)).toEqual(['advice Variables']);
    expect(find(findings, 'advice', 'Variables').says).toContain('TELNYX_WEBRTC_PASSWORD has fewer than 32');
    expect(JSON.stringify(findings)).not.toContain(connection.password);
  });

  test('without numbers to call from there is advice', async () => {
    const { env } = await dialer();
    expect(troubles(await examine({ ...env, TELNYX_FROM_NUMBERS: '' }))).toEqual(['advice Variables']);
  });
});

describe('the command', () => {
  test('prints a line for each finding, what to do next, and exits with 1 where one failed', async () => {
    const { env } = await dialer();
    const { status, stdout } = await doctor(['telephony', '--no-login', '--timeout', '20'], env);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^✓ Variables: .+\n✓ API key: .+\n/);
    expect(stdout).toMatch(/\n✗ STUN: .+\n {4}→ .+\n✗ TURN: .+\n {4}→ .+\n/);
    expect(stdout).toMatch(/\n2 failed\.\n$/);
    expect(stdout).not.toMatch(secretsOf({ ...env, ...TURN }));
  });

  test.each([
    [[]],
    [['rooms']],
    [['telephony', 'rooms']],
    [['telephony', '--fast']],
    [['telephony', '--timeout', 'x']],
  ])('%j is told what it could be, with status 2', async (args) => {
    const { status, stderr } = await doctor(args, {});
    expect(status).toBe(2);
    expect(stderr).toContain('Usage: npm run doctor');
  });
});
