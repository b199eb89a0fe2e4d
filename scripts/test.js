#!/usr/bin/env node
// @ts-check
/** `npm test`, `npm run test:systems`, `npm run test:long` and `npm run check`. */
import { checkSystems, runChecks } from './setup/checks.js';
import { setUpTests, setUpTools } from './setup/prepare.js';
import { runScript } from './setup/project.js';
import { runTool } from './setup/tools.js';

const PROJECTS = ['unit', 'integration', 'browser', 'alone'];
const LONG_TESTS = [
  'tests/browser/chaos.test.ts',
  'tests/browser/fuzz.test.ts',
  'tests/unit/sdp/fuzz.test.ts',
  'tests/unit/auth/tokens.property.test.ts',
  'tests/unit/media/capabilities.test.ts',
  'tests/unit/protocol/media.property.test.ts',
];
const LONG = {
  CHAOS_SECONDS: '60',
  FUZZ_FRAMES: '1000000',
  SDP_MUTATIONS: '100000',
  PROPERTY_FACTOR: '20',
};

const USAGE = `Usage: npm test [-- ARGS], npm run test:systems [-- ARGS], npm run test:long, npm run check

  npm test               sets up what is missing and a browser, checks types, lint and format, and runs all tests that need no
                         more
  npm test -- ARGS       runs Vitest alone with these arguments: "npm test -- tests/unit", "npm test -- -t 'a name'"
  npm run test:systems   runs the tests that need Firefox, Debian's servers or packages that others build with, and installs these
  npm run test:long      runs chaos for a minute, a million random frames, 100,000 changed SDP offers, and
                         properties for twenty times as long
  npm run check          checks types, lint and format alone

CHROMIUM_PATH and FIREFOX_PATH name browsers of your own.
`;

const [first, ...rest] = process.argv.slice(2);

await runScript(USAGE, () => {
  if (first === '--check') return check();
  if (first === '--systems') return test(['--project', 'systems', ...rest], { systems: true });
  if (first === '--long') return test(LONG_TESTS, { variables: LONG });
  if (first !== undefined) return test([first, ...rest]);
  return test(
    PROJECTS.flatMap((name) => ['--project', name]),
    { checks: true },
  );
});

async function check() {
  const { node } = await setUpTools();
  return runChecks(node);
}

/**
 * @param {string[]} args Vitest's
 * @param {{ systems?: boolean, checks?: boolean, variables?: Record<string, string> }} [options]
 */
async function test(args, { systems = false, checks = false, variables = {} } = {}) {
  const { node, chromium, headlessShell = '', firefox } = await setUpTests({ systems });
  const status = (checks && (await runChecks(node))) || (systems && (await checkSystems(node)));
  if (status) return status;
  const browsers = {
    CHROMIUM_PATH: chromium,
    HEADLESS_SHELL_PATH: headlessShell,
    ...(firefox && { FIREFOX_PATH: firefox }),
  };
  return runTool(node, 'vitest', 'vitest', ['run', ...args], { ...process.env, ...browsers, ...variables });
}
