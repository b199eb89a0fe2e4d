/**
 * `npm run bench:webhooks`: 1,000 signed webhooks in a second to 50 agents. It checks that each is stored and told to each
 * agent in one order, and appends to `docs/benchmarks.md` how long that takes. Options: `--rate 1000`, `--seconds 1`,
 * `--agents 50`, and `--no-write`.
 */
import { Agent as HttpAgent, request } from 'node:http';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { agentToken } from '../../tests/support/agent.ts';
import { callIds, WebhookSender, webhookEvent } from '../../tests/support/telnyx/webhooks.ts';
import { appendEntry, environment } from './document.ts';
import { restartableServer } from './restartable-server.ts';

/** How many webhooks are on their way at once; Telnyx's own number is not known. */
const CONNECTIONS = 64;
/** How long agents wait for what is missing after the last webhook, in milliseconds. */
const PATIENCE_MS = 30_000;

/** Milliseconds on this process's clock by the event's id: when it was due to be sent, and when its 200 came. */
interface Sent {
  due: Map<string, number>;
  answered: Map<string, number>;
}

/** What one agent was told: ids in their order, and when each came. */
interface Told {
  ids: string[];
  at: number[];
}

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '1' },
    agents: { type: 'string', default: '50' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const [rate, seconds, count] = [Number(values.rate), Number(values.seconds), Number(values.agents)];
const load = loadavg()[0] ?? 0;
const sender = new WebhookSender();
const server = await restartableServer({ TELNYX_PUBLIC_KEY: sender.publicKey });
try {
  const told = await Promise.all(Array.from({ length: count }, (_, n) => connect(n)));
  const before = await cpuSeconds();
  const sent = await sendAll(rate * seconds);
  await toldAll(told, rate * seconds);
  const entry = report(told, sent, (await cpuSeconds()) - before);
  console.log(`\n${entry}`);
  if (values.write) await appendEntry(entry);
} finally {
  await server.close();
}

async function connect(n: number): Promise<Told> {
  const url = `${server.direct.replace('http', 'ws')}/ws?token=${agentToken({ user_id: `agent-${n}` })}`;
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const told: Told = { ids: [], at: [] };
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      const { event, data: about } = JSON.parse(String(data));
      if (event === 'connected') return resolve();
      told.at.push(performance.now());
      told.ids.push(about.id);
    });
  });
  return told;
}

/** Sends each when it is due, whether or not those before it were answered; all signed beforehand. */
async function sendAll(total: number): Promise<Sent> {
  const agent = new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS });
  const sent: Sent = { due: new Map(), answered: new Map() };
  const begin = new Date();
  const deliveries = Array.from({ length: total }, (_, n) => {
    const at = new Date(begin.getTime() + n);
    const event = webhookEvent('call.dtmf.received', { ...callIds(), from: '+1', to: '+2', digit: '1' }, at);
    const body = JSON.stringify(event);
    return { id: event.data.id, body, headers: sender.headers(body) };
  });
  const start = performance.now();
  const answers = deliveries.map(async (delivery, n) => {
    const due = start + (n * 1000) / rate;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    sent.due.set(delivery.id, due);
    const status = await post(agent, delivery);
    if (status !== 200) throw new Error(`a webhook was answered ${status}`);
    sent.answered.set(delivery.id, performance.now());
  });
  await Promise.all(answers);
  agent.destroy();
  return sent;
}

function post(agent: HttpAgent, { body, headers }: { body: string; headers: Record<string, string> }) {
  return new Promise<number | undefined>((resolve, reject) => {
    const url = `${server.direct}/webhooks/telnyx`;
    const sending = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

/** Waits until each agent has all; throws where one is missing, comes twice, or in another order. */
async function toldAll(told: readonly Told[], total: number): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (told.some(({ ids }) => ids.length < total) && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const order = told[0]?.ids.join();
  for (const { ids } of told) {
    if (new Set(ids).size !== total || ids.length !== total)
      throw new Error(`${ids.length} of ${total} were told`);
    if (ids.join() !== order) throw new Error('two agents were told in two orders');
  }
}

/** What the server's process has used of a core; a machine that others use too makes it wait, and adds little to this. */
async function cpuSeconds(): Promise<number> {
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(await server.metrics())?.[1]);
}

function report(told: readonly Told[], { due, answered }: Sent, cpu: number): string {
  const since = (id: string, at: number) => at - (due.get(id) ?? Number.NaN);
  const stored = [...answered].map(([id, at]) => since(id, at));
  const heard = told.flatMap(({ ids, at }) => ids.map((id, index) => since(id, at[index] ?? Number.NaN)));
  const rows = [
    ['200, as it is on disk', ...cells(stored)],
    ['told to an agent', ...cells(heard)],
  ];
  const took = Math.max(...told.flatMap(({ at }) => at.at(-1) ?? 0)) - Math.min(...due.values());
  return `## Webhooks, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:webhooks\`, ${rate} a second for ${seconds} s, each with an Ed25519 signature, to ${count} agents; ms after each was due to be
sent. ${environment('not used', [load, loadavg()[0] ?? 0])}. The server is a process of its own; the sender and all agents are
another one on the same machine. All ${due.size} were stored, and told to all in one order; the last ${Math.round(took)} ms after the first was due.
The server used ${cpu.toFixed(2)} s of a core.

| | median | 99 % | longest |
|---|---|---|---|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}

function cells(values: readonly number[]): string[] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return [at(0.5), at(0.99), at(1)].map((value) => value.toFixed(0));
}
