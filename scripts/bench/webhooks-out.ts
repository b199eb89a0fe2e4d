/**
 * `npm run bench:webhooks-out`: what it takes to tell backends of 1,000 events a second, and what a join costs more meanwhile.
 * `scripts/commands.js` has its options.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { mintToken } from '../../src/auth/tokens.ts';
import { RawClient } from '../../tests/support/raw-client.ts';
import { SECRET } from '../../tests/support/server.ts';
import { COMMANDS } from '../commands.js';
import { parseOptions } from '../options.ts';
import { appendEntry, environment } from './document.ts';

const { values } = parseOptions(COMMANDS['bench:webhooks-out'].usage, {
  options: {
    rate: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '8' },
    joins: { type: 'string', default: '40' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const [rate, rounds, joins] = [Number(values.rate), Number(values.rounds), Number(values.joins)];
const load = loadavg()[0] ?? 0;

const receiver = start('receiver.ts');
const { port } = await answer<{ port: number }>(receiver);
const child = start('server.ts', `http://127.0.0.1:${port}/`);
const { url } = await answer<{ url: string }>(child);

/** Join times in milliseconds, by whether events went out. */
const times = { off: [] as number[], on: [] as number[] };
const cpu = { off: 0, on: 0 };
let seconds = 0;
let told = 0;
await runJoins(joins); // warm
for (let round = 0; round < rounds; round++) {
  for (const state of round % 2 ? (['on', 'off'] as const) : (['off', 'on'] as const)) {
    const before = await ask<State>(child, { rate: state === 'on' ? rate : 0 });
    const began = performance.now();
    times[state].push(...(await runJoins(joins)));
    const after = await ask<State>(child, { rate: 0 });
    if (state === 'on') {
      seconds += (performance.now() - began) / 1000;
      told += after.number - before.number;
    }
    cpu[state] += (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1e6;
    await drained();
  }
}
const { ages, disordered } = await ask<{ ages: number[]; disordered: number }>(receiver, {});
const entry = report();
console.log(`\n${entry}`);
if (values.write) await appendEntry(entry);
child.send({ close: true });
receiver.kill();

interface State {
  number: number;
  waiting: number;
  cpu: NodeJS.CpuUsage;
}

function start(file: string, ...args: string[]): ChildProcess {
  return fork(new URL(`webhooks-out/${file}`, import.meta.url), args, { execArgv: ['--no-warnings'] });
}

async function answer<T>(process: ChildProcess): Promise<T> {
  const [message] = await once(process, 'message');
  return message as T;
}

function ask<T>(process: ChildProcess, message: object): Promise<T> {
  const answered = answer<T>(process);
  process.send(message);
  return answered;
}

/** Resolves when all that was told is delivered. */
async function drained(): Promise<void> {
  while ((await ask<State>(child, { rate: 0 })).waiting > 0)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

/** One join after the other, each in a room of its own: from the request to its answer. */
async function runJoins(count: number): Promise<number[]> {
  const all: number[] = [];
  for (let index = 0; index < count; index++) {
    const claims = { user_id: 'ann', room: `join-${index}` };
    const client = await RawClient.open({
      url,
      token: () => mintToken(claims, { secret: SECRET, ttlSeconds: 600 }).token,
    });
    const began = performance.now();
    await client.joinRoom();
    all.push(performance.now() - began);
    await client.close();
  }
  return all;
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function report(): string {
  const row = (name: string, list: readonly number[]) =>
    `| ${[name, at(list, 0.5).toFixed(2), at(list, 0.9).toFixed(2), at(list, 0.99).toFixed(2)].join(' | ')} |`;
  const more = 100 * (at(times.on, 0.5) / at(times.off, 0.5) - 1);
  return `## Webhooks out, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:webhooks-out\`, ${rounds} rounds of ${joins} joins with ${rate} events a second of 50 rooms, and as many without, in turn.
${environment('not used', [load, loadavg()[0] ?? 0])}. Server, receiver and clients are processes of their own on the same machine.
${told} events were told in ${seconds.toFixed(1)} s (${(told / seconds).toFixed(0)} a second), ${ages.length} deliveries came, ${disordered} out of order. From the
event to the receiver it took ${at(ages, 0.5)} ms at the median, ${at(ages, 0.99)} ms at the 99th percentile. The median join took ${more.toFixed(1)} % more; the
server's process used ${cpu.on.toFixed(1)} s of a core with events, and ${cpu.off.toFixed(1)} s without.

| ms for a join | median | 90 % | 99 % |
|---|---|---|---|
${row('without events', times.off)}
${row(`with ${rate} events a second`, times.on)}
`;
}
