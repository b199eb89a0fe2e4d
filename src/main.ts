/** The process: configuration, start, signals, exit. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { config as readDotenv } from 'dotenv';
import { type App, startApp } from './app.ts';
import { type Config, ConfigError, loadConfig, secretsOf } from './config.ts';
import { createLogger, type Logger } from './lib/logger.ts';
import { describeStartFailure } from './start-failures.ts';

/** A closing that takes longer than this is given up, in milliseconds; pm2's `kill_timeout` is longer. */
const CLOSE_TIMEOUT_MS = 4500;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

await main();

async function main(): Promise<void> {
  const config = readConfig();
  const logger = createLogger({
    level: config.logLevel,
    pretty: config.environment === 'development',
    secrets: secretsOf(config),
  });
  for (const warning of config.warnings) logger.warn(warning);
  const dataDir = resolve(inProject('.'), config.dataDir);
  const folders = { publicDir: inProject('public'), distDir: inProject('dist'), dataDir };
  const starting = startApp(config, logger, folders);
  const end = endOnce(starting, logger);
  let signalled = false;
  // mediasoup closes its workers on these signals too: our listeners come first, so that peers are told why.
  for (const signal of SIGNALS) {
    process.prependListener(signal, () => {
      signalled = true;
      end(0, () => logger.info({ signal }, 'closing'));
    });
  }
  process.on('SIGUSR2', () => {
    starting.then(({ availability }) => availability.drain(config.drain)).catch(() => {}); // said below
  });
  process.on('uncaughtException', (error) => end(1, () => logger.fatal({ err: error }, 'uncaught error')));
  try {
    const { port, availability } = await starting;
    void availability.drained.then(() => end(0, () => logger.info('drained')));
    logger.info({ port, workers: config.media.workers }, 'listening');
    if (config.environment === 'development') process.stdout.write(greeting(addressOf(config, port)));
  } catch (error) {
    if (signalled) return; // the signal has reached the workers that were starting
    const sentence = describeStartFailure(error, { config, dataDir });
    end(1, () => {
      if (sentence) process.stderr.write(`${sentence}\n`);
      else logger.fatal({ err: error }, 'the server could not start');
    });
  }
}

/** Ends the process after closing what there is. Whoever calls a second time ends it at once. */
function endOnce(starting: Promise<App>, logger: Logger) {
  let ending = false;
  // Until it has started nobody has to be told, and all that is open ends with the process. Nor would a start end by
  // itself: mediasoup never says that a signal has closed a worker that was starting.
  let close = () => Promise.resolve();
  starting.then(
    (app) => {
      close = () => app.close();
    },
    () => {}, // said by main
  );
  return (status: number, say: () => void): void => {
    say();
    if (ending) exit(status || 1, logger);
    ending = true;
    setTimeout(() => {
      logger.error('closing took too long');
      exit(1, logger);
    }, CLOSE_TIMEOUT_MS).unref();
    close().then(
      () => exit(status, logger),
      (error) => {
        logger.error({ err: error }, 'a part of the server could not be closed');
        exit(1, logger);
      },
    );
  };
}

/** Exits when the last line of the log is written. */
function exit(status: number, logger: Logger): void {
  logger.flush(() => process.exit(status));
}

function readConfig(): Config {
  try {
    return loadConfig(process.env, readEnvFile());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Adds the variables of `.env` to those of the process, which win. Returns the names of all that are in the file. */
function readEnvFile(): string[] {
  const { parsed = {}, error } = readDotenv({ path: inProject('.env'), quiet: true });
  if (error && !('code' in error && error.code === 'ENOENT')) {
    throw new ConfigError([`.env cannot be read (${error.message}): let this user read it, or remove it`]);
  }
  return Object.keys(parsed);
}

/** What is said to whoever started the server at a terminal. */
function greeting(address: string): string {
  return `
  Open ${address}
  On other machines browsers give camera and microphone only to pages over HTTPS.

`;
}

/** Where a browser on this machine finds the server. */
function addressOf({ server, tls }: Config, port: number): string {
  const host = server.host === undefined || server.host === '0.0.0.0' ? 'localhost' : server.host;
  const scheme = tls.from === 'none' ? 'http' : 'https';
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}

function inProject(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
