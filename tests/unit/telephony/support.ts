/** What the tests of the dialer have in common. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { createLogger } from '../../../src/lib/logger.ts';
import { Database } from '../../../src/store/database.ts';
import { OwnCredentials, sharedCredential } from '../../../src/telephony/agent-credentials.ts';
import { LoginTokens, type LoginTokensOptions } from '../../../src/telephony/login-tokens.ts';
import { TelnyxApi } from '../../../src/telephony/telnyx-api.ts';
import { FakeTelnyx } from '../../support/telnyx/rest.ts';

export const logger = createLogger({ level: 'silent', pretty: false });

/** A logger, and the lines that it wrote. */
export function recordingLogger() {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { logger: pino({ base: null }, sink), lines };
}

/** No pause is longer than a test wants to wait. */
export const RETRIES = { attempts: 4, pauseMs: 1, maxPauseMs: 100 };

/** An account with a connection, gone with the test. */
export async function account() {
  const fake = await FakeTelnyx.listen();
  onTestFinished(() => fake.close());
  const connection = fake.addConnection();
  const api = (timeoutMs = 5000) => new TelnyxApi({ url: fake.url, apiKey: fake.apiKey, timeoutMs });
  return { fake, connection, api };
}

export type Account = Awaited<ReturnType<typeof account>>;

export function memoryDatabase(): Database {
  const database = Database.open({ file: ':memory:', logger });
  onTestFinished(() => database.close());
  return database;
}

type Given = Partial<LoginTokensOptions> & { propagationMs?: number };

/** Tokens for one credential that all share. */
export function sharedTokens({ fake, connection, api }: Account, given: Given = {}) {
  const credential = fake.addCredential(connection);
  const tokens = loginTokens(api(), { credentials: sharedCredential(credential.id), ...given });
  return { credential, ...tokens };
}

/** Tokens for credentials of the agents' own. */
export function ownTokens({ connection, api }: Account, database: Database, given: Given = {}) {
  const connectionId = connection.id;
  const signal = AbortSignal.any([]);
  const options = { api: api(), database, connectionId, logger, propagationMs: 1, signal, ...given };
  return loginTokens(api(), { credentials: new OwnCredentials(options), ...given });
}

function loginTokens(
  api: TelnyxApi,
  given: Partial<LoginTokensOptions> & Pick<LoginTokensOptions, 'credentials'>,
) {
  const closing = new AbortController();
  onTestFinished(() => closing.abort());
  const tokens = new LoginTokens({
    createToken: (id) => api.createToken(id),
    isConnected: () => false,
    logger,
    signal: closing.signal,
    retries: RETRIES,
    ...given,
  });
  return { tokens, close: (reason?: Error) => closing.abort(reason) };
}
