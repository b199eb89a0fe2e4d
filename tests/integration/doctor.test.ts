/** `npm run doctor -- telephony` against a fake of Telnyx and a real coturn. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startCoturn } from '../support/coturn.ts';
import { dialer, examine, find, secretsOf, TURN, troubles } from '../support/doctor.ts';

describe('a dialer that is well', () => {
  test('passes every step, in order', async () => {
    const user = `--user=${TURN.TELNYX_TURN_USERNAME}:${TURN.TELNYX_TURN_PASSWORD}`;
    const { host, port } = await startCoturn('--lt-cred-mech', user);
    const { env, connection, telnyx, webhook } = await dialer();
    const variables = {
      ...env,
      ...TURN,
      TELNYX_WEBRTC_USERNAME: connection.user_name,
      TELNYX_WEBRTC_PASSWORD: connection.password,
      TELNYX_STUN_SERVERS: `stun:${host}:${port}`,
      TELNYX_TURN_SERVERS: `turn:${host}:${port}?transport=udp,turn:${host}:${port}?transport=tcp`,
    };
    const findings = await examine(variables, { ice: true });
    expect(troubles(findings)).toEqual([]);
    expect(findings.map(({ step }) => step)).toEqual([
      'Variables',
      'API key',
      'Connection',
      'Incoming calls',
      'Outgoing calls',
      'Codecs',
      'DTMF',
      'Webhook version',
      'Numbers',
      'STUN',
      'TURN',
      'TURN',
      'Login token',
      'WebRTC login by token',
      'WebRTC login by password',
      'Webhook',
    ]);
    expect(webhook.requests).toHaveLength(1);
    expect(JSON.stringify(findings)).not.toMatch(secretsOf(variables));
    expect(telnyx.credentials.size).toBe(0);
  });

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
    const { env, connection } = await dialer();
    const sip = { TELNYX_WEBRTC_USERNAME: connection.user_name, TELNYX_WEBRTC_PASSWORD: connection.password };
    const findings = await examine({ ...env, ...sip, TELNYX_WEBRTC_CONNECTION_ID: '' });
    expect(troubles(findings)).toEqual(['skipped Login token']);
    find(findings, 'passed', 'Connection');
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
    [{ TELNYX_WEBRTC_CONNECTION_ID: '' }, 'nothing that a softphone could log in with'],
    [{ TELNYX_WEBRTC_USERNAME: 'agent' }, 'TELNYX_WEBRTC_PASSWORD is not set'],
    [{ TELNYX_WEBRTC_PASSWORD: 'p' }, 'TELNYX_WEBRTC_USERNAME is not set'],
    [{ TELNYX_TELEPHONY_CREDENTIAL_ID: 'x' }, 'TELNYX_TELEPHONY_CREDENTIAL_ID must not'],
  ])('%j', async (variables, says) => {
    const { env } = await dialer();
    const findings = await examine({ ...env, ...variables }, { logIn: false });
    const said = findings.filter(({ step, result }) => step === 'Variables' && result === 'failed');
    expect(said.map((one) => one.says).join(' ')).toContain(says);
    expect(said.every(({ next }) => next)).toBe(true);
  });

  test('without numbers to call from there is advice', async () => {
    const { env } = await dialer();
    expect(troubles(await examine({ ...env, TELNYX_FROM_NUMBERS: '' }))).toEqual(['advice Variables']);
  });
});

describe('the command', () => {
  const DOCTOR = fileURLToPath(new URL('../../scripts/doctor/main.ts', import.meta.url));

  function run(args: string[], env: Record<string, string>) {
    const { promise, resolve } = Promise.withResolvers<{ status: number; stdout: string; stderr: string }>();
    // Empty, so that a .env of the project does not fill them in.
    const none = Object.fromEntries(
      ['USERNAME', 'PASSWORD'].flatMap((name) => [
        [`TELNYX_WEBRTC_${name}`, ''],
        [`TELNYX_TURN_${name}`, ''],
      ]),
    );
    const servers = {
      TELNYX_STUN_SERVERS: 'stun:127.0.0.1:9',
      TELNYX_TURN_SERVERS: 'turn:127.0.0.1:9?transport=tcp',
    };
    const child = execFile(
      process.execPath,
      [DOCTOR, ...args],
      { env: { PATH: process.env.PATH, NODE_OPTIONS: '', ...none, ...TURN, ...servers, ...env } },
      (_error, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
    return promise;
  }

  test('prints a line for each finding, what to do next, and exits with 1 where one failed', async () => {
    const { env } = await dialer();
    const { status, stdout } = await run(['telephony', '--no-login', '--timeout', '1'], env);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^✓ Variables: .+\n✓ API key: .+\n/);
    expect(stdout).toMatch(/\n✗ STUN: .+\n {4}→ .+\n✗ TURN: .+\n {4}→ .+\n/);
    expect(stdout).toMatch(/\n2 failed\.\n$/);
    expect(stdout).not.toMatch(secretsOf({ ...env, ...TURN }));
  });

  test('prints JSON, and exits with 0 where all is well', async () => {
    const user = `--user=${TURN.TELNYX_TURN_USERNAME}:${TURN.TELNYX_TURN_PASSWORD}`;
    const { host, port } = await startCoturn('--lt-cred-mech', user);
    const { env } = await dialer();
    const servers = {
      TELNYX_STUN_SERVERS: `stun:${host}:${port}`,
      TELNYX_TURN_SERVERS: `turn:${host}:${port}`,
    };
    const { status, stdout } = await run(['telephony', '--json', '--no-login'], { ...env, ...servers });
    const { ok, findings } = JSON.parse(stdout);
    expect([status, ok, troubles(findings)]).toEqual([0, true, ['skipped WebRTC login by token']]);
  });

  test.each([
    [[]],
    [['rooms']],
    [['telephony', 'rooms']],
    [['telephony', '--fast']],
    [['telephony', '--timeout', 'x']],
  ])('%j is told what it could be, with status 2', async (args) => {
    const { status, stderr } = await run(args, {});
    expect(status).toBe(2);
    expect(stderr).toContain('Usage: npm run doctor');
  });
});
