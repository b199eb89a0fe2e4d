/** The load generator as it is compiled here, and single parts of it by hand. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** It is compiled at the first use, with libsrtp. */
export const COMPILE_MS = 300_000;

/** Why it cannot be compiled on this machine; undefined where it can. A test must not install what is missing. */
export async function missingCompiler(): Promise<string | undefined> {
  const reason = await (await buildPeer()).missingCompiler();
  if (reason) console.log(`Tests of the load generator are skipped: ${reason}.`);
  return reason;
}

/** The path of the program. */
export async function compile(): Promise<string> {
  return (await buildPeer()).ensurePeer();
}

/** What a part prints, without the line's end. */
export async function inspect(part: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(await compile(), ['inspect', part, ...args]);
  return stdout.trimEnd();
}

/** It is JavaScript, with types that `scripts/tsconfig.json` checks. */
function buildPeer() {
  return import(new URL('../../../../scripts/load/build-peer.js', import.meta.url).href);
}
