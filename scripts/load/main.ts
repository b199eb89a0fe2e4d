/** `npm run load`: simulated peers that join the rooms of a server, with real media. See docs/load.md. */

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { COMMANDS } from '../commands.js';
import { ensurePeer } from './build-peer.js';
import { OptionError, parseOptions } from './options.ts';
import { reportText } from './report.ts';
import { runLoad } from './run.ts';
import { type MakeToken, signedTokens, tokensOfCommand } from './tokens.ts';

const { usage } = COMMANDS.load;

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof OptionError) process.stderr.write(`\n${usage}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(usage);
    return;
  }
  const makeToken = options.tokenCommand ? tokensOfCommand(options.tokenCommand) : ownTokens();
  const report = await runLoad({
    load: options.load,
    program: await ensurePeer(),
    makeToken,
    streams: options.streams,
    ...(!options.quiet && { onProgress: (line: string) => void process.stderr.write(`${line}\n`) }),
  });
  process.stdout.write(`${reportText(report)}\n`);
  if (options.json) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (Object.keys(report.joins.failed).length > 0) process.exitCode = 1;
}

/** Signed with the secret of the server in this folder. */
function ownTokens(): MakeToken {
  const { JWT_SECRET, JWT_SECRET_ID } = { ...envFile(), ...process.env };
  if (!JWT_SECRET)
    throw new OptionError('There is no JWT_SECRET, nor a .env with one: --token-command is needed.');
  return signedTokens(JWT_SECRET, JWT_SECRET_ID);
}

function envFile(): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(new URL('../../.env', import.meta.url), 'utf8'));
  } catch {
    return {};
  }
}
