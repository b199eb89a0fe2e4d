/** The fakes of Telnyx, and our check of its signatures, beside Telnyx's own SDK. */
import { Telnyx } from 'telnyx';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSignatureCheck } from '../../../src/telephony/webhook-signature.ts';
import { FakeTelnyx } from '../../support/telnyx/rest.ts';
import { callEvents, WebhookSender, webhookEvent } from '../../support/telnyx/webhooks.ts';

async function account() {
  const fake = await FakeTelnyx.listen();
  onTestFinished(() => fake.close());
  const client = new Telnyx({ apiKey: fake.apiKey, baseURL: fake.url, maxRetries: 0 });
  return { fake, client, connection: fake.addConnection() };
}

describe('the REST API', () => {
  test('makes, shows, lists, changes and deletes credentials', async () => {
    const { fake, client, connection } = await account();
    const { data } = await client.telephonyCredentials.create({
      connection_id: connection.id,
      name: 'alice',
    });
    const id = data?.id ?? '';
    expect(data).toMatchObject({ record_type: 'credential', resource_id: `connection:${connection.id}` });
    expect((await client.telephonyCredentials.retrieve(id)).data).toEqual(data);
    fake.addCredential(connection, { name: 'bob' });
    const named = [];
    for await (const one of client.telephonyCredentials.list({ filter: { name: 'alice' } }))
      named.push(one.id);
    expect(named).toEqual([id]);
    expect((await client.telephonyCredentials.update(id, { name: 'al' })).data?.name).toBe('al');
    await client.telephonyCredentials.delete(id);
    await expect(client.telephonyCredentials.retrieve(id)).rejects.toBeInstanceOf(Telnyx.NotFoundError);
  });

  test('makes tokens as plain text, for 24 hours or until the credential ends', async () => {
    const { fake, client, connection } = await account();
    const credential = fake.addCredential(connection);
    const token = await client.telephonyCredentials.createToken(credential.id);
    expect(claimsOf(token)).toMatchObject({ iss: 'telnyx_telephony', sub: credential.id, typ: 'access' });
    expect(claimsOf(token).exp - claimsOf(token).iat).toBe(86_400);
    expect(fake.credentialOf(token)).toBe(credential);
    expect(fake.credentialOf(`${token}x`)).toBeUndefined();
    const end = new Date(Date.now() + 60_000);
    const brief = fake.addCredential(connection, { expires_at: end.toISOString() });
    const { exp } = claimsOf(await client.telephonyCredentials.createToken(brief.id));
    expect(exp).toBe(Math.floor(end.getTime() / 1000));
  });

  test('shows connections, and numbers page by page', async () => {
    const { fake, client, connection } = await account();
    const numbers = Array.from({ length: 25 }, (_, index) => `+1555000${String(index).padStart(4, '0')}`);
    for (const number of numbers) fake.addNumber(number, connection);
    fake.addNumber('+15559999999');
    expect((await client.credentialConnections.retrieve(connection.id)).data).toEqual(connection);
    const listed = [];
    for await (const { phone_number } of client.phoneNumbers.list({
      filter: { connection_id: connection.id },
    })) {
      listed.push(phone_number);
    }
    expect(listed).toEqual(numbers);
  });

  test.each([
    ['a wrong key', Telnyx.AuthenticationError, '10009'],
    ['an unknown connection', Telnyx.UnprocessableEntityError, '10015'],
  ])('refuses %s as the SDK expects', async (what, kind, code) => {
    const { fake, connection } = await account();
    const key = what === 'a wrong key' ? 'KEYwrong' : fake.apiKey;
    const client = new Telnyx({ apiKey: key, baseURL: fake.url, maxRetries: 0 });
    const id = what === 'a wrong key' ? connection.id : '42';
    const error = await client.telephonyCredentials.create({ connection_id: id }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error.error.errors[0]).toMatchObject({ code });
  });

  test('meets faults on demand, which the SDK tries to get over', async () => {
    const { fake, connection } = await account();
    const credential = fake.addCredential(connection);
    fake.faults.add(/token$/, { kind: 'status', status: 429, retryAfter: 0 });
    fake.faults.add(/token$/, { kind: 'drop' });
    const client = new Telnyx({ apiKey: fake.apiKey, baseURL: fake.url, maxRetries: 2 });
    expect(fake.credentialOf(await client.telephonyCredentials.createToken(credential.id))).toBe(credential);
    expect(fake.count('POST /telephony_credentials/…/token')).toBe(3);
    fake.faults.add(/token$/, { kind: 'hang' });
    const hasty = new Telnyx({ apiKey: fake.apiKey, baseURL: fake.url, maxRetries: 0, timeout: 50 });
    await expect(hasty.telephonyCredentials.createToken(credential.id)).rejects.toBeInstanceOf(
      Telnyx.APIConnectionTimeoutError,
    );
  });
});

describe('webhooks', () => {
  const sender = new WebhookSender();
  const client = new Telnyx({ apiKey: 'unused', publicKey: sender.publicKey });

  test('are signed so that the SDK takes them', async () => {
    for (const event of callEvents()) {
      const body = JSON.stringify(event);
      expect(await client.webhooks.unwrap(body, { headers: sender.headers(body) })).toEqual(event);
    }
  });

  test('pass our check where they pass that of the SDK', async () => {
    const body = '{"data":{"payload":{"from":"+1 ü"}}}';
    const headers = sender.headers(body);
    await expect(client.webhooks.unwrap(body, { headers })).resolves.toEqual(JSON.parse(body));
    const check = createSignatureCheck({ publicKey: sender.publicKey });
    expect(await check(headers, Buffer.from(body))).toBeUndefined();
  });

  test('of another key, another time or another body are refused by the SDK', async () => {
    const body = JSON.stringify(webhookEvent('call.cost', {}));
    const stale = sender.headers(body, Math.floor(Date.now() / 1000) - 301);
    const foreign = new WebhookSender().headers(body);
    await expect(client.webhooks.unwrap(body, { headers: stale })).rejects.toThrow('too old');
    await expect(client.webhooks.unwrap(body, { headers: foreign })).rejects.toThrow();
    await expect(client.webhooks.unwrap(`${body} `, { headers: sender.headers(body) })).rejects.toThrow();
  });
});

function claimsOf(token: string): Record<string, never> & { exp: number; iat: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
