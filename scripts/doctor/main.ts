/** `npm run doctor -- telephony`: looks at each thing that the dialer needs, and says what it means and what to do. */
import { parseArgs } from 'node:util';
import { config as readDotenv } from 'dotenv';
import { readTelephony } from '../../src/config/telephony.ts';
import { EnvReader } from '../../src/lib/env-reader.ts';
import { COMMANDS } from '../commands.js';
import { inProject } from '../setup/project.js';
import { type Finding, formatFinding } from './finding.ts';
import type { Subject } from './subject.ts';
import { examineTelephony } from './telephony.ts';

const USAGE = COMMANDS.doctor.usage;

/** Telnyx's documentation says five seconds. */
const PROPAGATION_MS = 5000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const options = parse(args);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const subject = readSubject(options);
  const print = (text: string) => process.stdout.write(withoutSecrets(text, subject));
  const findings: Finding[] = [];
  for await (const finding of examineTelephony(subject)) {
    findings.push(finding);
    if (!options.json) print(formatFinding(finding));
  }
  const failures = findings.filter(({ result }) => result === 'failed').length;
  if (options.json) print(`${JSON.stringify({ ok: failures === 0, findings }, null, 2)}\n`);
  else print(failures === 0 ? '\nAll is well.\n' : `\n${failures} failed.\n`);
  return failures === 0 ? 0 : 1;
}

interface Options {
  json: boolean;
  logIn: boolean;
  timeoutMs: number;
  help: boolean;
}

/** The options, or what is wrong with them. */
function parse(args: string[]): Options | string {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { json: flag, 'no-login': flag, help: flag, timeout: { type: 'string', default: '10' } },
    });
    const timeout = /^\d{1,3}$/.test(values.timeout) ? Number(values.timeout) : 0;
    if (timeout < 1 || timeout > 120) return '--timeout must be a whole number from 1 to 120.';
    if (!values.help && (positionals.length !== 1 || positionals[0] !== 'telephony'))
      return 'What is to be looked at?';
    return { json: values.json, logIn: !values['no-login'], timeoutMs: timeout * 1000, help: values.help };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function readSubject({ logIn, timeoutMs }: Options): Subject {
  readDotenv({ path: inProject('.env'), quiet: true });
  const telephony = readTelephony(new EnvReader(process.env));
  return { telephony, logIn, timeoutMs, propagationMs: PROPAGATION_MS };
}

/** Should somebody's answer repeat one of them. */
function withoutSecrets(text: string, { telephony }: Subject): string {
  const { apiKey, password, turnServers } = telephony;
  const secrets = [apiKey, password, ...turnServers.map(({ credential }) => credential)];
  return secrets.reduce<string>(
    (rest, secret) => (secret ? rest.replaceAll(secret, '[secret]') : rest),
    text,
  );
}
