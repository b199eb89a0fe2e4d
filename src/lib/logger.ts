import { type DestinationStream, pino } from 'pino';
import { createRedact } from './redact.ts';

export type Logger = pino.Logger;
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  level: LogLevel;
  /** Whether lines are written for people, and not as JSON. */
  pretty: boolean;
  /** Texts that never reach the log, wherever they come from. */
  secrets?: readonly string[];
}

/**
 * The logger of the process. Every line passes through `createRedact`'s function value by value, so that no token or secret
 * reaches the log by whatever way it came: in the message, in a name, in an error or its cause.
 * @param destination where the lines go; the standard output by default
 */
export function createLogger(
  { level, pretty, secrets }: LoggerOptions,
  destination?: DestinationStream,
): Logger {
  const options = {
    level,
    base: null,
    hooks: { streamWrite: redactLines(secrets) },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    ...(pretty && {
      transport: { target: 'pino-pretty', options: { translateTime: 'HH:MM:ss.l', ignore: 'pid,hostname' } },
    }),
  };
  return destination ? pino(options, destination) : pino(options);
}

/**
 * Redacts a line that pino has made. Its values are redacted and not its text, where an escaped quote would end a value too
 * early and what is left would be no JSON.
 */
function redactLines(secrets: readonly string[] | undefined): (line: string) => string {
  const redact = createRedact(secrets);
  return (line) => `${JSON.stringify(redact(JSON.parse(line)))}\n`;
}
