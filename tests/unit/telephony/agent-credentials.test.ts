import { describe, expect, test } from 'vitest';
import { account, memoryDatabase, ownTokens } from './support.ts';

const CREATE = 'POST /telephony_credentials';

describe('a credential of the agent’s own', () => {
  test('is made once for each agent, and outlives the server', async () => {
    const telnyx = await account();
    const database = memoryDatabase();
    const before = ownTokens(telnyx, database);
    const [alice, bob] = await Promise.all([before.tokens.get('alice'), before.tokens.get('bob')]);
    const own = telnyx.fake.credentialOf(alice.token);
    expect(own?.name).toBe('aq-server alice');
    expect(telnyx.fake.credentialOf(bob.token)?.name).toBe('aq-server bob');
    const after = ownTokens(telnyx, database);
    expect(telnyx.fake.credentialOf((await after.tokens.get('alice')).token)).toBe(own);
    expect(telnyx.fake.count(CREATE)).toBe(2);
  });

  test('is made while the disk cannot be written, and stored later', async () => {
    const telnyx = await account();
    const database = memoryDatabase();
    database.read((sql) => sql.exec('PRAGMA query_only = ON'));
    const { token } = await ownTokens(telnyx, database).tokens.get('alice');
    expect(telnyx.fake.credentialOf(token)?.name).toBe('aq-server alice');
    expect(database.storage).toMatchObject({ fault: 'read_only', unsaved: 1 });
    expect((await ownTokens(telnyx, database).tokens.get('alice')).token).toBeDefined();
    database.read((sql) => sql.exec('PRAGMA query_only = OFF'));
    await expect.poll(() => database.storage.unsaved).toBe(0);
    const asked = () => telnyx.fake.count('GET /telephony_credentials');
    const before = asked();
    await ownTokens(telnyx, database).tokens.get('alice');
    expect(asked()).toBe(before);
    expect(telnyx.fake.count(CREATE)).toBe(1);
  });

  test('is found by its name where the database was lost', async () => {
    const telnyx = await account();
    await ownTokens(telnyx, memoryDatabase()).tokens.get('alice');
    await ownTokens(telnyx, memoryDatabase()).tokens.get('alice');
    expect(telnyx.fake.count(CREATE)).toBe(1);
  });

  test('is made once though the answer to the making was lost', async () => {
    const telnyx = await account();
    const { tokens } = ownTokens(telnyx, memoryDatabase());
    telnyx.fake.faults.add(/^POST \/telephony_credentials$/, { kind: 'lose' });
    await tokens.get('alice');
    expect(telnyx.fake.credentials.size).toBe(1);
  });

  test('that was deleted at Telnyx is made anew', async () => {
    const telnyx = await account();
    const database = memoryDatabase();
    const first = await ownTokens(telnyx, database).tokens.get('alice');
    telnyx.fake.credentials.clear();
    const { tokens } = ownTokens(telnyx, database);
    const second = await tokens.get('alice');
    expect(telnyx.fake.credentialOf(first.token)).toBeUndefined();
    expect(telnyx.fake.credentialOf(second.token)?.name).toBe('aq-server alice');
    expect(await tokens.get('alice', { fresh: true })).toMatchObject({
      token: expect.stringMatching(/^eyJ/),
    });
    expect(telnyx.fake.count(CREATE)).toBe(2);
  });

  test('is waited for when it is new, as Telnyx needs its time', async () => {
    const telnyx = await account();
    const database = memoryDatabase();
    const { tokens } = ownTokens(telnyx, database, { propagationMs: 50 });
    const began = performance.now();
    await tokens.get('alice');
    expect(performance.now() - began).toBeGreaterThanOrEqual(49);
    await expect(
      ownTokens(telnyx, database, { propagationMs: 60_000 }).tokens.get('alice'),
    ).resolves.toBeDefined();
  });

  test('cannot be made in a connection that does not exist', async () => {
    const telnyx = await account();
    telnyx.fake.connections.clear();
    await expect(ownTokens(telnyx, memoryDatabase()).tokens.get('alice')).rejects.toMatchObject({
      code: 'telnyx_not_found',
      message: expect.stringContaining('TELNYX_WEBRTC_CONNECTION_ID'),
    });
  });
});
