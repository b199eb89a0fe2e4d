import { pino } from 'pino';

export type Logger = pino.Logger;
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Three base64url parts that begin as a JSON object does: a JWT, whole or with its signature cut off. */
const TOKEN = /\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g;
/** An API key of Telnyx. */
const TELNYX_KEY = /\bKEY[0-9A-Za-z]{16}[\w-]*/g;
/** The value of a query parameter or header that names a credential. */
const CREDENTIAL =
  /((?:token|secret|passw(?:or)?d|credential(?=")|authorization|api[-_]?key)["']?\s*[=:]\s*["']?(?:Bearer\s+)?)[^\s"'&,}]+/gi;

/** The text without tokens and credentials. */
export function redact(text: string): string {
  return text.replace(TOKEN, '[token]').replace(TELNYX_KEY, '[key]').replace(CREDENTIAL, '$1[redacted]');
}

/**
 * The logger of the process: JSON lines, or pretty ones for people. Whatever is logged passes through `redact`,
 * so that no token or secret reaches a log by whatever way it came.
 */
export function createLogger(options: { level: LogLevel; pretty: boolean }): Logger {
  return pino({
    level: options.level,
    base: null,
    hooks: { streamWrite: redact },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    ...(options.pretty && {
      transport: { target: 'pino-pretty', options: { translateTime: 'HH:MM:ss.l', ignore: 'pid,hostname' } },
    }),
  });
}
