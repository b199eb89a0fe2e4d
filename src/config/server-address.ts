import { isIP } from 'node:net';

/** Where a server listens. */
export interface ServerAddress {
  /** Undefined is each address of the machine. */
  readonly host: string | undefined;
  readonly port: number;
}

/** Whether two servers cannot listen at the same time. Port 0 is a free port. */
export function isSameAddress(one: ServerAddress, other: ServerAddress): boolean {
  if (one.port !== other.port || one.port === 0) return false;
  return one.host === other.host || one.host === undefined || other.host === undefined;
}

/** Parses `:port` and `host:port`, where an IPv6 address stands in brackets. Returns undefined for anything else. */
export function parseServerAddress(text: string): ServerAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([\w.-]+))?:(\d{1,5})$/.exec(text);
  if (!match || Number(match[3]) > 65_535) return undefined;
  if (match[1] !== undefined && isIP(match[1]) !== 6) return undefined;
  return { host: match[1] ?? match[2], port: Number(match[3]) };
}
