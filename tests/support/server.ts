/** A real server of its own for a test: real workers, a real socket on a free port. */
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { type App, startApp } from '../../src/app.ts';
import { mintToken } from '../../src/auth/tokens.ts';
import { loadConfig } from '../../src/config.ts';

export const SECRET = 'tests-4Qx7vW2nL9sK6pYdR3fHz8BcJ5mGtUeA1';

export interface TestServer {
  readonly app: App;
  /** `http://127.0.0.1:port`, or `https` with a certificate. */
  readonly url: string;
  /** The lines that were logged, parsed. */
  readonly log: Record<string, unknown>[];
  token(claims?: Claims): string;
  close(): Promise<void>;
}

interface Claims {
  user_id?: string;
  room?: string;
  user_type?: string;
  name?: string;
}

/** Starts a server; variables are those of `.env.example`. */
export async function startServer(variables: Record<string, string> = {}): Promise<TestServer> {
  const log: Record<string, unknown>[] = [];
  const config = loadConfig({
    JWT_SECRET: SECRET,
    SERVER_ADDR: '127.0.0.1:0',
    MEDIA_LISTEN_ADDRESS: '127.0.0.1',
    MEDIA_PORT: '0',
    MEDIA_WORKERS: '1',
    LOG_LEVEL: 'debug',
    CONNECTIONS_PER_MINUTE: '100000',
    REQUESTS_PER_MINUTE: '100000',
    USER_REQUESTS_PER_MINUTE: '100000',
    // The machine of the tests may be busy with something else.
    OVERLOAD_LOOP_DELAY: '0',
    OVERLOAD_WORKER_CPU: '0',
    OVERLOAD_WORKER_DELAY: '0',
    ...variables,
  });
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const logger = pino({ level: config.logLevel, base: null }, sink);
  const folder = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const app = await startApp(config, logger, {
    publicDir: folder('public'),
    distDir: folder('dist'),
    dataDir: variables.DATA_DIR,
  });
  return {
    app,
    url: `${variables.TLS_CERT ? 'https' : 'http'}://127.0.0.1:${app.port}`,
    log,
    token: ({ user_id = 'alice', ...claims } = {}) =>
      mintToken({ user_id, ...claims }, { secret: SECRET, ttlSeconds: 3600 }).token,
    close: () => app.close(),
  };
}
