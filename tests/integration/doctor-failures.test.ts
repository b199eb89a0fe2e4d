/** Each thing that may be wrong with a dialer, and what its diagnosis says. */
import { describe, expect, test } from 'vitest';
import { type Dialer, dialer, examine, find, troubles } from '../support/doctor.ts';
import { startServer } from '../support/server.ts';

describe('Telnyx’s API', () => {
  test('that refuses the key ends what needs it, and no more', async () => {
    const { env } = await dialer();
    const findings = await examine({ ...env, TELNYX_API_KEY: 'KEYwrong' });
    expect(troubles(findings)).toEqual([
      'failed API key',
      'skipped Connection',
      'skipped Login token',
      'skipped Webhook',
    ]);
    expect(find(findings, 'failed', 'API key').next).toContain('portal');
  });

  test.each([
    ['hang', 500, '500 ms'],
    ['drop', 60_000, 'cannot be reached'],
  ] as const)('that does not answer (%s) is told in the given time', async (kind, timeoutMs, says) => {
    const { env, telnyx } = await dialer();
    telnyx.faults.add(/credentials$/, { kind });
    const finding = find(await examine(env, { timeoutMs, logIn: false }), 'failed', 'API key');
    expect(finding.says).toContain(says);
    expect(finding.next).toContain('status.telnyx.com');
  });

  test('that knows no such connection, credential or user name', async () => {
    const { env, telnyx, connection } = await dialer();
    telnyx.connections.clear();
    expect(find(await examine(env), 'failed', 'Connection').next).toContain('Compare the id');
    const { TELNYX_WEBRTC_CONNECTION_ID: _, ...rest } = env;
    const lost = await examine({ ...rest, TELNYX_TELEPHONY_CREDENTIAL_ID: 'lost' });
    find(lost, 'failed', 'Connection');
    const sip = { TELNYX_WEBRTC_USERNAME: 'nobody', TELNYX_WEBRTC_PASSWORD: 'x' };
    expect(find(await examine({ ...rest, ...sip }), 'failed', 'Connection').says).toContain('nobody');
    telnyx.connections.set(connection.id, connection);
    const ended = telnyx.addCredential(connection);
    ended.expired = true;
    find(await examine({ ...rest, TELNYX_TELEPHONY_CREDENTIAL_ID: ended.id }), 'failed', 'Credential');
  });

  test('that makes no token', async () => {
    const { env, telnyx } = await dialer();
    telnyx.faults.add(/token$/, { kind: 'status', status: 422 });
    const findings = await examine(env);
    expect(troubles(findings)).toEqual(['failed Login token']);
    expect(telnyx.credentials.size).toBe(0);
  });
});

describe('the connection', () => {
  test.each<[string, (connection: Dialer['connection']) => void]>([
    ['failed Connection', (one) => (one.active = false)],
    ['failed Incoming calls', (one) => (one.inbound.channel_limit = 0)],
    ['failed Outgoing calls', (one) => (one.outbound.channel_limit = 0)],
    ['failed Outgoing calls', (one) => (one.outbound.outbound_voice_profile_id = null)],
    ['advice Outgoing calls', (one) => (one.outbound.call_parking_enabled = true)],
    ['skipped Outgoing calls', (one) => (one.outbound.outbound_voice_profile_id = 'gone')],
    ['failed Codecs', (one) => (one.inbound.codecs = ['G729', 'AMR-WB'])],
    ['failed DTMF', (one) => (one.dtmf_type = 'SIP INFO')],
    ['failed Webhook version', (one) => (one.webhook_api_version = '1')],
    ['failed Webhook', (one) => (one.webhook_event_url = '')],
    ['failed Webhook', (one) => (one.webhook_event_url = 'rooms.example/webhooks/telnyx')],
  ])('%s', async (trouble, change) => {
    const { env, connection } = await dialer();
    change(connection);
    expect(troubles(await examine(env))).toEqual([trouble]);
  });

  test('with a profile that is off lets no call out', async () => {
    const { env, telnyx } = await dialer();
    for (const profile of telnyx.profiles.values()) profile.enabled = false;
    expect(troubles(await examine(env))).toEqual(['failed Outgoing calls']);
  });
});

describe('the numbers', () => {
  test.each<[string, (dialer: Dialer) => void, string[]]>([
    ['none', ({ telnyx }) => telnyx.numbers.splice(0), ['failed Numbers', 'failed Numbers']],
    ['of nobody', ({ env }) => (env.TELNYX_FROM_NUMBERS = '+15559999999'), ['failed Numbers']],
    [
      'of another connection',
      ({ number }) => (number.connection_id = null),
      ['failed Numbers', 'advice Numbers'],
    ],
    ['one that waits', ({ number }) => (number.status = 'port-pending'), ['failed Numbers']],
  ])('%s', async (_, change, expected) => {
    const given = await dialer();
    change(given);
    expect(troubles(await examine(given.env))).toEqual(expected);
  });
});

describe('the login', () => {
  test.each([
    ['silence', 'no registration in'],
    ['drop', 'the socket was closed'],
  ] as const)('that meets %s is told as a matter of the way', async (fault, says) => {
    const { env, registrar, telnyx } = await dialer();
    registrar.fault = fault;
    const finding = find(await examine(env, { timeoutMs: 2000 }), 'failed', 'WebRTC login by token');
    expect(finding.says).toContain(says);
    expect(finding.next).toContain('port 443');
    expect(telnyx.credentials.size).toBe(0);
  });

  test('that is refused has the portal’s steps', async () => {
    const { env, sip } = await dialer();
    const wrong = { ...sip, TELNYX_WEBRTC_PASSWORD: 'the-wrong-password' };
    const findings = await examine({ ...env, ...wrong, TELNYX_LOGIN: 'credentials' });
    const finding = find(findings, 'failed', 'WebRTC login by password');
    expect(finding.says).toContain('Login Incorrect (-32001)');
    expect(finding.next).toContain('SIP Connections');
    expect(JSON.stringify(findings)).not.toContain('the-wrong-password');
  });

  test('whose registration fails has them too', async () => {
    const { env, registrar } = await dialer();
    registrar.states = ['TRYING', 'FAIL_WAIT'];
    const finding = find(await examine(env), 'failed', 'WebRTC login by token');
    expect(finding.says).toContain('FAIL_WAIT');
    expect(finding.next).toContain('SIP Connections');
  });
});

describe('the webhook’s address', () => {
  test('is this server’s own route, which has a key or has none', async () => {
    const { env, connection } = await dialer();
    const findingOf = async (variables: Record<string, string>) => {
      const server = await startServer(variables);
      connection.webhook_event_url = `${server.url}/webhooks/telnyx`;
      const findings = await examine(env);
      await server.close();
      return findings.find(({ step }) => step === 'Webhook');
    };
    const publicKey = env.TELNYX_PUBLIC_KEY ?? '';
    expect(await findingOf({ TELNYX_PUBLIC_KEY: publicKey })).toMatchObject({ result: 'passed' });
    expect(await findingOf({})).toMatchObject({
      result: 'failed',
      says: expect.stringContaining('telephony_off'),
    });
  });

  test('gets an event that is well-formed, and not signed by Telnyx', async () => {
    const { env, webhook } = await dialer();
    await examine(env);
    const [sample] = webhook.requests;
    expect(JSON.parse(sample?.body ?? '')).toMatchObject({
      data: { record_type: 'event', event_type: 'call.doctor' },
    });
    expect(Buffer.from(sample?.signature ?? '', 'base64')).toHaveLength(64);
  });

  test.each([
    [200, '{}', 'nobody has signed'],
    [503, '{"error":{"code":"telephony_off"}}', 'takes no events'],
    [401, '<h1>Log in</h1>', 'not what this server says'],
    [404, '{"error":{"code":"path_not_found"}}', 'status 404'],
    [502, 'Bad Gateway', 'status 502'],
    [301, '', 'leads elsewhere'],
  ])('that answers %i %s', async (status, body, says) => {
    const { env, webhook } = await dialer();
    Object.assign(webhook.answer, { status, body, headers: status === 301 ? { location: webhook.url } : {} });
    const finding = find(await examine(env, { logIn: false }), 'failed', 'Webhook');
    expect(finding.says).toContain(says);
    expect(webhook.requests).toHaveLength(1);
  });

  test('where nobody is', async () => {
    const { env, webhook } = await dialer();
    await webhook.close();
    expect(find(await examine(env, { logIn: false }), 'failed', 'Webhook').says).toContain('ECONNREFUSED');
  });
});
