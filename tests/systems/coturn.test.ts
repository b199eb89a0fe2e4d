/** The diagnosis of STUN and TURN, with a real coturn. */
import { describe, expect, test } from 'vitest';
import { askStun, askTurn } from '../../scripts/doctor/ice-servers.ts';
import { parseIceUrl } from '../../src/lib/ice-url.ts';
import { startCoturn } from '../support/coturn.ts';
import { dialer, doctor, examine, find, secretsOf, TURN, troubles } from '../support/doctor.ts';

const USER = { username: 'alice', password: 'the password of alice' };

test('a real server sees us, relays for us, and refuses a wrong password', async () => {
  const { host, port } = await startCoturn('--lt-cred-mech', `--user=${USER.username}:${USER.password}`);
  const url = (text: string) => {
    const parsed = parseIceUrl(text.replace('HOST', `${host}:${port}`));
    if (!parsed) throw new Error(`${text} is no address`);
    return parsed;
  };
  expect(await askStun(url('stun:HOST'), 5000)).toMatch(/^127\.0\.0\.1:\d+$/);
  for (const transport of ['udp', 'tcp']) {
    const turn = url(`turn:HOST?transport=${transport}`);
    expect(await askTurn(turn, USER, 5000)).toMatch(/^127\.0\.0\.1:\d+$/);
    const wrong = askTurn(turn, { ...USER, password: 'wrong' }, 5000);
    await expect(wrong).rejects.toThrow('refuses to relay (401 Unauthorized)');
  }
});

describe('npm run doctor', () => {
  test('passes every step of a dialer that is well, in order', async () => {
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
      'Webhook',
    ]);
    expect(webhook.requests).toHaveLength(1);
    expect(JSON.stringify(findings)).not.toMatch(secretsOf(variables));
    expect(telnyx.credentials.size).toBe(0);
  });

  test('prints JSON, and exits with 0 where all is well', async () => {
    const user = `--user=${TURN.TELNYX_TURN_USERNAME}:${TURN.TELNYX_TURN_PASSWORD}`;
    const { host, port } = await startCoturn('--lt-cred-mech', user);
    const { env } = await dialer();
    const servers = {
      TELNYX_STUN_SERVERS: `stun:${host}:${port}`,
      TELNYX_TURN_SERVERS: `turn:${host}:${port}`,
    };
    const { status, stdout } = await doctor(['telephony', '--json', '--no-login'], { ...env, ...servers });
    const { ok, findings } = JSON.parse(stdout);
    expect([status, ok, troubles(findings)]).toEqual([0, true, ['skipped WebRTC login by token']]);
  });

  test('tells of servers that refuse or do not answer', async () => {
    const { host, port } = await startCoturn('--lt-cred-mech', '--user=somebody:else');
    const { env } = await dialer();
    const servers = {
      TELNYX_STUN_SERVERS: 'stun:127.0.0.1:9',
      TELNYX_TURN_SERVERS: `turn:${host}:${port}?transport=udp`,
    };
    const findings = await examine(
      { ...env, ...TURN, ...servers },
      { ice: true, timeoutMs: 2000, logIn: false },
    );
    expect(troubles(findings)).toEqual(['failed STUN', 'failed TURN', 'skipped WebRTC login by token']);
    expect(find(findings, 'failed', 'TURN').says).toContain('401');
    expect(find(findings, 'failed', 'TURN').next).toContain('TELNYX_TURN_PASSWORD');
  });
});
