// @ts-check
/** How the server is started: by which Node, with which options and variables. */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { chosenNode } from './chosen-node.js';
import { inProject } from './project.js';

/** The bundle that `buildServer` makes, in the project's folder. */
export const BUNDLE = 'build/main.js';

/** SQLite is called an experiment by Node 22. */
const QUIET = '--disable-warning=ExperimentalWarning';

/**
 * Traces name the sources. Under Node's own option `--enable-source-maps`, pino looks up where it is called from, which has
 * Node keep the parsed source map: 7 MiB.
 */
const SOURCE_MAPS = '--import=data:text/javascript,process.setSourceMapsEnabled(true)';

/**
 * Node's options for it. The young generation stays small after a busy moment, and the old one is collected when it has grown
 * by a fifth: by itself V8 would let it grow much more, and never collect an idle server.
 */
export const NODE_OPTIONS = [QUIET, SOURCE_MAPS, '--max-semi-space-size=2', '--heap-growing-percent=20'];

/**
 * Variables for it. glibc keeps what was freed between small pieces that live on; what is mapped on its own (8 KiB or
 * more) goes back to the system. Other C libraries ignore them.
 */
export const VARIABLES = { MALLOC_MMAP_THRESHOLD_: '8192', MALLOC_TRIM_THRESHOLD_: '131072' };

/**
 * The command that runs the server: the bundle in production, the sources in development.
 *
 * @returns {{ command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv }}
 */
export function serverCommand() {
  const [script, options, variables] = isProduction()
    ? [BUNDLE, NODE_OPTIONS, VARIABLES]
    : ['src/main.ts', [QUIET], {}];
  return {
    command: chosenNode(),
    args: [...options, inProject(script)],
    cwd: inProject(),
    env: { ...variables, ...process.env },
  };
}

/**
 * Whether the server will run in production: variables of the process beat those in `.env`.
 *
 * @param {string} [project]
 * @param {NodeJS.ProcessEnv} [env]
 */
export function isProduction(project = inProject(), env = process.env) {
  return (env.ENVIRONMENT || fromFile(`${project}/.env`)) === 'production';
}

/** @param {string} file */
function fromFile(file) {
  try {
    return parseEnv(readFileSync(file, 'utf8')).ENVIRONMENT;
  } catch {
    return undefined; // there is none, or the server will say what is wrong with it
  }
}
