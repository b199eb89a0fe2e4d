/**
 * `npm run mutation -- auth`: puts small faults into sources, one at a time, and runs the tests of these sources: what no test
 * notices is printed. `--count N` takes N of the faults, as `--seed` has it: the same seed takes the same ones.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Random } from '../tests/support/random.ts';
import { type Mutant, mutantsOf } from './mutation/mutants.ts';
import { MutationRunner } from './mutation/runner.ts';

interface Subject {
  readonly sources: string[];
  /** The folder of tests that are named as their sources are: these are asked first. */
  readonly own: string;
  /** Quick ones first: the others are asked about what they leave. */
  readonly tests: readonly string[][];
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  auth: {
    sources: ['src/auth/**/*.ts'],
    own: 'tests/unit/auth',
    tests: [['tests/unit/auth/**/*.test.ts'], ['tests/integration/{door,moderation-tokens}.test.ts']],
  },
  signaling: {
    sources: ['src/signaling/**/*.ts', 'src/rooms/moderation*.ts'],
    own: 'tests/unit/signaling',
    tests: [
      ['tests/unit/{signaling,rooms}/**/*.test.ts'],
      ['tests/integration/{room,moderation,lobby,sessions}.test.ts'],
      ['tests/integration/{door,limits,token-life,call-events,audit-limits}.test.ts'],
    ],
  },
};

const ROOT = fileURLToPath(new URL('../', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
const subject = SUBJECTS[positionals[0] ?? ''];
if (subject) await check(subject);
else {
  console.error(`Name one of ${Object.keys(SUBJECTS).join(', ')}.`);
  process.exitCode = 2;
}

async function check({ sources, own, tests }: Subject): Promise<void> {
  const chosen = choose(findMutants(sources), Number(values.count ?? Infinity), values.seed);
  const runner = new MutationRunner();
  let left = await survivors(runner, chosen, ({ file }) => {
    const test = `${own}/${basename(file, '.ts')}.test.ts`;
    return existsSync(`${ROOT}${test}`) ? [test] : [];
  });
  for (const patterns of tests) {
    const files = globSync(patterns, { cwd: ROOT });
    if (await runner.passes(files)) left = await survivors(runner, left, () => files);
    else console.error(`${patterns} fail without a fault, and are not asked`);
  }
  runner.close();
  for (const { file, line, from, to } of left) console.log(`${file}:${line}: ${show(from)} → ${show(to)}`);
  const noticed = chosen.length - left.length;
  console.log(`${noticed} of ${chosen.length} noticed (${((100 * noticed) / chosen.length).toFixed(1)} %)`);
}

function findMutants(patterns: string[]): Mutant[] {
  const files = globSync(patterns, { cwd: ROOT }).toSorted();
  return files.flatMap((file) => mutantsOf(file, readFileSync(`${ROOT}${file}`, 'utf8')));
}

/** So many of them, in their order. */
function choose(all: readonly Mutant[], count: number, seed: string): readonly Mutant[] {
  const random = new Random(seed);
  const left = [...all];
  while (left.length > count) left.splice(random.integer(left.length), 1);
  return left;
}

/** Those with which their tests pass. */
async function survivors(
  runner: MutationRunner,
  mutants: readonly Mutant[],
  testsOf: (mutant: Mutant) => readonly string[],
): Promise<readonly Mutant[]> {
  const left: Mutant[] = [];
  for (const [index, mutant] of mutants.entries()) {
    const tests = testsOf(mutant);
    if (tests.length === 0 || (await runner.passes(tests, mutant))) left.push(mutant);
    process.stderr.write(`\r${index + 1} of ${mutants.length}, ${left.length} not noticed yet`);
  }
  process.stderr.write('\n');
  return left;
}

function show(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
