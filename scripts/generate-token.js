#!/usr/bin/env node
// @ts-check
/**
 * Prints a token for a room, and nothing else on stdout, so that `TOKEN=$(generate-token …)` works. Without libraries:
 * loading them would take longer than all the rest, and it works before they are installed.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';

const USAGE = `Usage: generate-token USER_ID [ROOM] [USER_TYPE] [options]

  USER_ID        who it is for
  ROOM           the room that it opens (default: default)
  USER_TYPE      host, presenter, guest, viewer, agent, or a type of your own (default: guest)

  --ttl TIME     how long it is good: seconds, or as 30m, 12h, 7d (default: 24h)
  --name NAME    what the others see (default: USER_ID)
  --email EMAIL
  --json         print the token with its claims, as JSON
  --help

It is signed with JWT_SECRET, whose id is JWT_SECRET_ID, from the environment or from .env.
`;

/** Seconds of each unit. */
const UNITS = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
]);
const DEFAULT_TTL = 86_400;
/** As the server's default of TOKEN_MAX_TTL. */
const DEFAULT_MAX_TTL = 7 * 86_400;

/** A wrong argument: exit status 2. */
class UsageError extends Error {}
/** What else is missing: exit status 1. */
class Failure extends Error {}

try {
  process.stdout.write(run(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof Failure)) throw error;
  process.stderr.write(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : `${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** @param {string[]} args @returns {string} what is printed */
function run(args) {
  const { values, positionals } = parse(args);
  if (values.help) return USAGE;
  const subject = subjectOf(values, positionals);
  const env = { ...readEnvFile(), ...process.env };
  const iat = Math.floor(Date.now() / 1000);
  const exp = iat + ttlOf(values.ttl, Number(env.TOKEN_MAX_TTL || DEFAULT_MAX_TTL));
  if (!env.JWT_SECRET)
    throw new Failure('There is no JWT_SECRET: set it, or run "npm run setup", which puts one into .env.');
  const claims = { ...subject, iat, exp };
  const token = sign(claims, env.JWT_SECRET, env.JWT_SECRET_ID);
  if (!values.json) return `${token}\n`;
  return `${JSON.stringify({ token, expires_at: new Date(exp * 1000).toISOString(), claims })}\n`;
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        ttl: { type: 'string' },
        name: { type: 'string' },
        email: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @param {{ name?: string, email?: string }} values @param {string[]} positionals */
function subjectOf({ name, email }, [userId, room = 'default', userType = 'guest', ...rest]) {
  if (userId === undefined) throw new UsageError('USER_ID is missing.');
  if (rest.length > 0) throw new UsageError(`There is one argument too many: "${rest[0]}".`);
  return {
    user_id: asName('USER_ID', userId),
    ...(email !== undefined && { email: asEmail(email) }),
    room: asName('ROOM', room),
    user_type: asName('USER_TYPE', userType),
    ...(name !== undefined && { name: asName('--name', name) }),
  };
}

/** As the server takes names: NFC, 1 to 128 characters, none of them control characters. @param {string} what @param {string} text */
function asName(what, text) {
  const name = text.normalize('NFC');
  const { length } = [...name];
  if (length < 1 || length > 128) throw new UsageError(`${what} must have 1 to 128 characters.`);
  if (/\p{Cc}/u.test(name)) throw new UsageError(`${what} must not have control characters.`);
  return name;
}

/** RFC 5321 section 4.5.3.1: 64 characters, `@`, and 255 more. @param {string} text */
function asEmail(text) {
  if (text.length > 320) throw new UsageError('--email must have at most 320 characters.');
  return text;
}

/** @param {string | undefined} text @param {number} max @returns {number} seconds */
function ttlOf(text, max) {
  if (text === undefined) return Math.min(DEFAULT_TTL, max);
  const [, count, unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  const seconds = Number(count) * (UNITS.get(unit) ?? NaN);
  if (!(seconds > 0)) throw new UsageError(`--ttl must be a time as 3600, 30m, 12h or 7d, and is "${text}".`);
  if (seconds > max) throw new UsageError(`--ttl must be at most ${max} seconds (TOKEN_MAX_TTL).`);
  return seconds;
}

/**
 * A JWS in compact form with HS256 (RFC 7515 section 3.1, RFC 7518 section 3.2).
 *
 * @param {object} claims @param {string} secret @param {string} [kid] the secret's id
 */
function sign(claims, secret, kid) {
  const parts = [{ alg: 'HS256', typ: 'JWT', ...(kid && { kid }) }, claims];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** @returns {Record<string, string | undefined>} */
function readEnvFile() {
  try {
    return parseEnv(readFileSync(new URL('../.env', import.meta.url), 'utf8'));
  } catch {
    return {};
  }
}
