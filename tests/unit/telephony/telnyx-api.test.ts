import { describe, expect, test } from 'vitest';
import { TelnyxApi } from '../../../src/telephony/telnyx-api.ts';
import { FakeTelnyx } from '../../support/telnyx/rest.ts';
import { account } from './support.ts';

test('makes, finds, shows and deletes a credential, and a token for it', async () => {
  const { fake, connection, api } = await account();
  const made = await api().createCredential(connection.id, 'aq-server alice & bob');
  expect(await api().findCredential(connection.id, 'aq-server alice & bob')).toEqual(made);
  expect(await api().findCredential(connection.id, 'aq-server alice')).toBeUndefined();
  expect(await api().findCredential('42', 'aq-server alice & bob')).toBeUndefined();
  expect(await api().getCredential(made.id)).toEqual(made);
  expect(fake.credentialOf(await api().createToken(made.id))?.id).toBe(made.id);
  await api().deleteCredential(made.id);
  await expect(api().getCredential(made.id)).rejects.toMatchObject({ code: 'telnyx_not_found' });
});

test('a credential that has ended is not found by its name', async () => {
  const { fake, connection, api } = await account();
  fake.addCredential(connection, { name: 'old' }).expired = true;
  expect(await api().findCredential(connection.id, 'old')).toBeUndefined();
});

test('has nothing of the passwords that Telnyx shows', async () => {
  const { connection, api } = await account();
  const made = await api().createCredential(connection.id, 'alice');
  expect(Object.keys(made).join()).not.toMatch(/password/);
  expect(Object.keys(await api().getConnection(connection.id)).join()).not.toMatch(/password/);
});

test('shows a connection, its outbound profile and its numbers', async () => {
  const { fake, connection, api } = await account();
  fake.addNumber('+15551234567', connection);
  fake.addNumber('+15557654321');
  expect(await api().getConnection(connection.id)).toMatchObject({ id: connection.id, active: true });
  expect(await api().findConnection('agentuser')).toMatchObject({ id: connection.id });
  expect(await api().findConnection('nobody')).toBeUndefined();
  expect(await api().getOutboundProfile('profile-1')).toMatchObject({ enabled: true });
  const numbers = await api().listNumbers(connection.id);
  expect(numbers.map(({ phone_number }) => phone_number)).toEqual(['+15551234567']);
  expect(await api().findNumber('+15557654321')).toMatchObject({ connection_id: null });
  expect(await api().findNumber('+1555765432')).toBeUndefined();
});

test('a list is read to its last page', async () => {
  const { fake, connection, api } = await account();
  const numbers = Array.from({ length: 501 }, (_, index) => `+1555${1_000_000 + index}`);
  for (const number of numbers) fake.addNumber(number, connection);
  const listed = await api().listNumbers(connection.id);
  expect(listed.map(({ phone_number }) => phone_number)).toEqual(numbers);
  expect(fake.count('GET /phone_numbers')).toBe(3);
});

describe('failures have their code', () => {
  test('a wrong key', async () => {
    const { fake } = await account();
    const api = new TelnyxApi({ url: fake.url, apiKey: 'KEYwrong' });
    const error = await api.checkKey().catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'telnyx_key_refused',
      message: expect.stringContaining('TELNYX_API_KEY'),
    });
    expect(error.message).not.toContain('KEYwrong');
  });

  test.each([
    [403, 'telnyx_key_refused'],
    [404, 'telnyx_not_found'],
    [400, 'telnyx_refused'],
    [422, 'telnyx_refused'],
    [408, 'telnyx_unavailable'],
    [429, 'telnyx_unavailable'],
    [500, 'telnyx_unavailable'],
    [503, 'telnyx_unavailable'],
  ])('status %i is %s', async (status, code) => {
    const { fake, api } = await account();
    fake.faults.add(/token$/, { kind: 'status', status, retryAfter: 7 });
    await expect(api().createToken('x')).rejects.toMatchObject({
      code,
      message: expect.stringContaining('a fault of the test'),
      ...(code === 'telnyx_unavailable' && { retryAfterMs: 7000 }),
    });
  });

  test('no answer, a lost connection and nobody there', async () => {
    const { fake, api } = await account();
    fake.faults.add(/token$/, { kind: 'hang' });
    await expect(api(30).createToken('x')).rejects.toMatchObject({
      code: 'telnyx_unavailable',
      message: expect.stringContaining('30 ms'),
    });
    fake.faults.add(/token$/, { kind: 'drop' });
    await expect(api().createToken('x')).rejects.toMatchObject({ code: 'telnyx_unavailable' });
    const gone = await FakeTelnyx.listen();
    const nobody = new TelnyxApi({ url: gone.url, apiKey: 'KEY' });
    await gone.close();
    await expect(nobody.createToken('x')).rejects.toMatchObject({
      code: 'telnyx_unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('an answer of somebody else', async () => {
    const { fake, connection, api } = await account();
    const page = {
      kind: 'garbage',
      type: 'text/html',
      body: '<h1>Please log in to this network</h1>',
    } as const;
    fake.faults.add(/./, { ...page, status: 200 });
    await expect(api().getConnection(connection.id)).rejects.toMatchObject({ code: 'telnyx_unavailable' });
    fake.faults.add(/./, { ...page, status: 502 });
    await expect(api().getConnection(connection.id)).rejects.toMatchObject({ code: 'telnyx_unavailable' });
  });

  test('the end of the server, with its reason', async () => {
    const { fake } = await account();
    const closing = new AbortController();
    fake.faults.add(/./, { kind: 'hang' });
    const api = new TelnyxApi({ url: fake.url, apiKey: fake.apiKey, signal: closing.signal });
    const asked = api.checkKey();
    closing.abort(new Error('the end'));
    await expect(asked).rejects.toThrow('the end');
  });
});
