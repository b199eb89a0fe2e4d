/** Many webhooks at once, told to many agents; agents that come back in the middle; and a server that is killed. */
import { expect, test } from 'vitest';
import { Agent, agentToken } from '../support/agent.ts';
import { startProcess, temporaryFolder } from '../support/process.ts';
import { startServer } from '../support/server.ts';
import { callIds, type WebhookEvent, WebhookSender, webhookEvent } from '../support/telnyx/webhooks.ts';

const sender = new WebhookSender();

function manyEvents(count: number): WebhookEvent[] {
  const ids = callIds();
  const begin = Date.now();
  return Array.from({ length: count }, (_, index) =>
    webhookEvent('call.dtmf.received', { ...ids, from: '+1', to: '+2', digit: '1' }, new Date(begin + index)),
  );
}

const idsOf = (events: readonly WebhookEvent[]) => events.map(({ data }) => data.id);

test('1,000 webhooks are stored, and told to 50 agents in one order', { timeout: 120_000 }, async () => {
  const server = await startServer({ TELNYX_PUBLIC_KEY: sender.publicKey, LOG_LEVEL: 'warn' });
  try {
    const agents = await Promise.all(
      Array.from({ length: 50 }, (_, n) => Agent.open(server, { user_id: `agent-${n}` })),
    );
    const events = manyEvents(1000);
    const statuses = await sender.sendAll(`${server.url}/webhooks/telnyx`, events, { concurrency: 64 });
    expect(new Set(statuses)).toEqual(new Set([200]));
    await Promise.all(agents.map((agent) => agent.until(() => agent.calls.length >= 1000)));
    const first = agents[0]?.ids;
    expect(new Set(first)).toEqual(new Set(idsOf(events)));
    for (const agent of agents) {
      expect(agent.seqs).toEqual(agent.seqs.toSorted((a, b) => a - b));
      expect(agent.ids).toEqual(first);
    }
  } finally {
    await server.close();
  }
});

test('agents who come with since while events come miss none and get none twice', {
  timeout: 120_000,
}, async () => {
  const server = await startServer({ TELNYX_PUBLIC_KEY: sender.publicKey, LOG_LEVEL: 'warn' });
  try {
    const events = manyEvents(600);
    const witness = await Agent.open(server);
    const sending = sender.sendAll(`${server.url}/webhooks/telnyx`, events, { concurrency: 32 });
    const agents: { agent: Agent; since: number }[] = [];
    for (let told = 20; told < 600; told += 40) {
      await witness.until(() => witness.calls.length >= told);
      for (const since of [0, witness.seqs.at(-1) ?? 0]) {
        const token = agentToken({ user_id: `agent-${agents.length}` });
        agents.push({ agent: new Agent(server, { token, since: String(since) }), since });
      }
    }
    await sending;
    await witness.until(() => witness.calls.length === 600);
    for (const { agent, since } of agents) {
      const expected = witness.seqs.filter((seq) => seq > since);
      await agent.until(() => agent.seqs.at(-1) === expected.at(-1) && agent.named('caught-up').length > 0);
      expect(agent.seqs).toEqual(expected);
      const at = agent.frames.findIndex(({ event }) => event === 'caught-up');
      const { seq } = agent.frames[at]?.data ?? {};
      const before = agent.frames.slice(0, at).flatMap((frame) => frame.seq ?? []);
      expect(before).toEqual(expected.filter((told) => told <= Number(seq)));
    }
  } finally {
    await server.close();
  }
});

test('nothing that got 200 is lost when the server is killed', { timeout: 120_000 }, async () => {
  const variables = { TELNYX_PUBLIC_KEY: sender.publicKey, DATA_DIR: temporaryFolder(), LOG_LEVEL: 'info' };
  const killed = await startProcess(variables);
  const events = manyEvents(1000);
  const hook = `${killed.url}/webhooks/telnyx`;
  const stored: string[] = [];
  let next = 0;
  const line = async () => {
    for (let event = events[next++]; event; event = events[next++]) {
      const status = await sender.send(hook, event).catch(() => undefined);
      if (status === undefined) return;
      expect(status).toBe(200);
      stored.push(event.data.id);
      if (stored.length === 300) killed.child.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: 32 }, line));
  await killed.exited;
  expect(stored.length).toBeLessThan(1000);
  const restarted = await startProcess(variables);
  const agent = await Agent.open(restarted, {}, 0);
  expect(stored.filter((id) => !agent.ids.includes(id))).toEqual([]);
  expect(new Set(agent.ids).size).toBe(agent.ids.length);
});
