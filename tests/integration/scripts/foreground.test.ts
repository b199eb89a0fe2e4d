import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { inProject, isAlive, run, until } from '../../support/scripts.ts';

const PARENT = `
  const { runInForeground } = await import(process.argv[1]);
  process.exitCode = await runInForeground(process.execPath, ['-e', process.argv[2]]);`;

/** The second of two Ctrl-C comes when the first has ended the child. */
const INTERRUPTED = `${PARENT}
  process.kill(process.pid, 'SIGINT');`;

const argsFor = (child: string, parent = PARENT) => [
  '--input-type=module',
  '-e',
  parent,
  inProject('scripts/setup/foreground.cjs'),
  child,
];

/** Starts a script in a group of its own, as a terminal does. */
function start(child: string, script = PARENT) {
  const parent = spawn(process.execPath, argsFor(child, script), {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    parent.kill('SIGKILL');
  });
  let output = '';
  parent.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return { parent, output: () => output, group: -Number(parent.pid) };
}

test.for([0, 3])('its exit status %i is ours', async (status) => {
  expect((await run(process.execPath, argsFor(`process.exit(${status})`))).status).toBe(status);
});

test('the signal that ended it is in our exit status', async () => {
  expect((await run(process.execPath, argsFor("process.kill(process.pid, 'SIGTERM')"))).status).toBe(
    128 + 15,
  );
});

test.for([
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
] as const)('%s to the whole group and again by npm reaches it once', async (signal) => {
  const { parent, output, group } = start(`
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => console.log('got', signal));
    process.on('SIGUSR1', () => process.exit(7));
    setInterval(() => {}, 1000);
    console.log(process.pid);`);
  await until(() => output().includes('\n'));
  const child = Number.parseInt(output(), 10);
  process.kill(group, signal);
  process.kill(Number(parent.pid), signal);
  const got = signal === 'SIGHUP' ? 'SIGTERM' : signal;
  await until(() => output().includes(`got ${got}`));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(output()).toBe(`${child}\ngot ${got}\n`);
  process.kill(child, 'SIGUSR1');
  expect(await once(parent, 'exit')).toEqual([7, null]);
});

test('a second signal, later, reaches it too', async () => {
  const { parent, output } = start(`
    let count = 0;
    process.on('SIGINT', () => { count += 1; console.log(count); if (count === 2) process.exit(5); });
    setInterval(() => {}, 1000);
    console.log(process.pid);`);
  await until(() => output().includes('\n'));
  const child = Number.parseInt(output(), 10);
  process.kill(Number(parent.pid), 'SIGINT');
  await until(() => output().endsWith('\n1\n'));
  await new Promise((resolve) => setTimeout(resolve, 600));
  process.kill(Number(parent.pid), 'SIGINT');
  expect(await once(parent, 'exit')).toEqual([5, null]);
  expect(isAlive(child)).toBe(false);
});

test('a signal that comes again after it has ended leaves its status', async () => {
  const { parent, output } = start(
    `process.on('SIGINT', () => process.exit(6)); setInterval(() => {}, 1000); console.log('ready');`,
    INTERRUPTED,
  );
  await until(() => output().includes('ready'));
  process.kill(Number(parent.pid), 'SIGINT');
  expect(await once(parent, 'exit')).toEqual([6, null]);
});

test('what npm leaves behind, when a signal reaches npm alone, ends too', async () => {
  const script = `console.log(process.pid); process.on('SIGTERM', () => console.log('got SIGTERM')); setInterval(() => {}, 1000);
    process.on('SIGUSR1', () => process.exit(0));`;
  const shell = spawn('sh', ['-c', '"$0" "$@"; true', process.execPath, ...argsFor(script)], {
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  shell.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await until(() => output.includes('\n'));
  shell.kill('SIGTERM');
  await until(() => output.includes('got'));
  await new Promise((resolve) => setTimeout(resolve, 1200));
  const child = Number.parseInt(output, 10);
  expect(output).toBe(`${child}\ngot SIGTERM\n`);
  process.kill(child, 'SIGUSR1');
  await until(() => !isAlive(child));
});
