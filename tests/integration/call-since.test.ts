/** `since` at the edges of what is stored, and who is let in and put out at `/ws`, where the other tests do not look. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import { mintToken } from '../../src/auth/tokens.ts';
import { Agent, agentToken } from '../support/agent.ts';
import { temporaryFolder } from '../support/process.ts';
import { SECRET, startServer, type TestServer } from '../support/server.ts';
import { WebhookSender, webhookEvent } from '../support/telnyx/webhooks.ts';

const sender = new WebhookSender();
let server: TestServer;
afterEach(() => server.close());

async function start(variables: Record<string, string> = {}): Promise<void> {
  server = await startServer({ TELNYX_PUBLIC_KEY: sender.publicKey, ...variables });
}

async function happens(count = 1): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => webhookEvent('call.cost', { n }));
  expect(new Set(await sender.sendAll(`${server.url}/webhooks/telnyx`, events))).toEqual(new Set([200]));
}

describe('since', () => {
  test('a number that was never told: what comes from now on is told, and nothing else', async () => {
    await start();
    await happens(3);
    const agents = [await Agent.open(server, {}, 4), await Agent.open(server, {}, 999_999_999_999_999)];
    for (const agent of agents) {
      expect(agent.named('caught-up')).toEqual([{ event: 'caught-up', data: { seq: 3 } }]);
    }
    await happens(2);
    for (const agent of agents) {
      await agent.until(() => agent.calls.length === 2);
      expect(agent.seqs).toEqual([4, 5]);
    }
  });

  test('a number from before all that is kept, also over a restart: what there is, and numbers go on', async () => {
    const DATA_DIR = temporaryFolder();
    await start({ DATA_DIR });
    await happens(4);
    await server.close();
    const sql = new DatabaseSync(join(DATA_DIR, 'aq-server.db'));
    sql.exec('UPDATE call_events SET received_at = 0 WHERE seq <> 2');
    sql.close();
    await start({ DATA_DIR });
    await expect.poll(async () => (await Agent.open(server, {}, 0)).seqs).toEqual([2]);
    const agent = await Agent.open(server, {}, 1);
    expect(agent.named('caught-up')).toEqual([{ event: 'caught-up', data: { seq: 4 } }]);
    await happens();
    await agent.until(() => agent.calls.length === 2);
    expect(agent.seqs).toEqual([2, 5]);
  });

  test.each([
    '-1',
    '1.5',
    '1e3',
    ' 1',
    '',
    '0x1',
    '9'.repeat(16),
  ])('%j is no number of an event', async (since) => {
    await start();
    const agent = new Agent(server, { token: agentToken(), since });
    expect(await agent.closed).toEqual({ close: 1008, reason: 'invalid_params' });
  });
});

describe('an agent', () => {
  test('without an email is called by its user id', async () => {
    await start();
    const agent = await Agent.open(server, { user_id: 'agent-7' });
    const clientId = expect.stringMatching(/^agent-7-\d{13}$/);
    expect(agent.named('connected')[0]?.data).toEqual({ clientId, user: 'agent-7' });
  });

  test('whose token is narrowed to no calls is refused', async () => {
    await start();
    const claims = { user_id: 'alice', user_type: 'agent', grants: ['chat', 'calls '] };
    const { token } = mintToken(claims, { secret: SECRET, ttlSeconds: 60 });
    expect(await new Agent(server, { token }).closed).toEqual({ close: 1008, reason: 'forbidden' });
  });

  test('who is removed or banned is put out, and not let in again', async () => {
    await start();
    const agent = await Agent.open(server);
    const other = await Agent.open(server, { user_id: 'bob' });
    const token = agentToken();
    await server.app.moderation.removeUser({ kind: 'operator' }, 'default', 'alice');
    expect(await agent.closed).toEqual({ close: 1008, reason: 'token_revoked' });
    expect(await new Agent(server, { token }).closed).toEqual({ close: 1008, reason: 'token_revoked' });
    await server.app.moderation.banUser({ kind: 'operator' }, 'default', 'bob');
    expect(await other.closed).toEqual({ close: 1008, reason: 'banned' });
  });

  test.each([
    ['a number that is none', { numbers: ['', '+', '49301', ' +49301', '+49301 '] }, []],
    ['its number twice, and a connection', { numbers: ['+49301', '+49301'], connections: ['x'] }, [1]],
    [
      'a name of an object',
      { numbers: ['__proto__', 'constructor'], connections: ['null', 'undefined'] },
      [],
    ],
  ])('with %s gets what is its own', async (_, calls, seqs) => {
    await start();
    const agent = await Agent.open(server, { calls });
    const all = await Agent.open(server);
    const hook = `${server.url}/webhooks/telnyx`;
    await sender.sendAll(hook, [
      webhookEvent('call.initiated', { from: '+49301', to: '+1' }),
      webhookEvent('call.initiated', { from: ['+49301'], to: { number: '+49301' }, connection_id: null }),
    ]);
    await all.until(() => all.calls.length === 2);
    agent.socket.send('{"type":"ping"}');
    await agent.until(() => agent.named('pong').length > 0);
    expect(agent.seqs).toEqual(seqs);
    expect((await Agent.open(server, { calls }, 0)).seqs).toEqual(seqs);
  });
});
