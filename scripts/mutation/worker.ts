/** Runs tests against sources with a fault in them, one fault after the other, and tells its parent whether they passed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVitest } from 'vitest/node';
import type { Mutant } from './mutants.ts';

/** What the parent asks: whether these test files pass, with this fault or with none. */
export interface Question {
  readonly mutant?: Mutant | undefined;
  readonly tests: readonly string[];
}

/** Longer than any of these tests takes: a fault may have one wait for ever. */
const TIMEOUT_MS = 30_000;

const [root = ''] = process.argv.slice(2);
let mutant: Mutant | undefined;

const vitest = await createVitest(
  'test',
  {
    root,
    include: ['tests/{unit,integration}/**/*.test.ts'],
    config: false,
    watch: false,
    // What is kept of a source would be run in place of the fault.
    fsModuleCache: false,
    pool: 'threads',
    maxWorkers: 2,
    reporters: [{}],
    silent: true,
    bail: 1,
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
    teardownTimeout: 1000,
    expect: { poll: { timeout: TIMEOUT_MS, interval: 20 } },
  },
  { plugins: [{ name: 'mutant', enforce: 'pre', load: loadMutant }] },
);
const specifications = await vitest.globTestSpecifications();

process.on('message', async (question: Question) => {
  const changed = [mutant, question.mutant];
  mutant = question.mutant;
  for (const one of changed) if (one) vitest.invalidateFile(join(root, one.file));
  const wanted = new Set(question.tests.map((test) => join(root, test)));
  const asked = specifications.filter(({ moduleId }) => wanted.has(moduleId));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(asked);
  const passed = unhandledErrors.length === 0 && testModules.every((module) => module.ok());
  process.send?.({ passed: passed && asked.length === wanted.size });
});
process.send?.({ ready: true });

/** The source of a module, with the fault of this moment if it is that module's. */
function loadMutant(id: string): string | undefined {
  if (!mutant || id.split('?')[0] !== join(root, mutant.file)) return undefined;
  const source = readFileSync(join(root, mutant.file), 'utf8');
  return source.slice(0, mutant.start) + mutant.to + source.slice(mutant.end);
}
