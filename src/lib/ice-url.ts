/** The addresses of STUN and TURN servers, as `RTCIceServer` has them. */
import { isIPv6 } from 'node:net';

export interface IceUrl {
  /** `stuns` and `turns` are over TLS. */
  readonly scheme: 'stun' | 'stuns' | 'turn' | 'turns';
  /** A host name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
}

/** RFC 7064 section 3.2 and RFC 7065 section 3.2. */
const DEFAULT_PORT = { stun: 3478, turn: 3478, stuns: 5349, turns: 5349 } as const;

/** Parses a URI of a STUN server (RFC 7064) or a TURN server (RFC 7065). Returns undefined for anything else. */
export function parseIceUrl(text: string): IceUrl | undefined {
  const match = /^([a-z]+):(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i.exec(
    text,
  );
  if (!match) return undefined;
  const [, name = '', ipv6, hostName = '', portText, transport] = match;
  const scheme = parseScheme(name);
  if (!scheme || (ipv6 !== undefined && !isIPv6(ipv6))) return undefined;
  if (transport !== undefined && scheme.startsWith('stun')) return undefined;
  const port = portText === undefined ? DEFAULT_PORT[scheme] : Number(portText);
  if (port < 1 || port > 65_535) return undefined;
  const fallback = scheme.endsWith('s') ? 'tcp' : 'udp';
  const isTcp = (transport ?? fallback).toLowerCase() === 'tcp';
  return { scheme, host: ipv6 ?? hostName, port, transport: isTcp ? 'tcp' : 'udp' };
}

/** Returns the text if it is the URI of a STUN server, else undefined. */
export function parseStunUrl(text: string): string | undefined {
  return parseIceUrl(text)?.scheme.startsWith('stun') ? text : undefined;
}

/** Returns the text if it is the URI of a TURN server, else undefined. */
export function parseTurnUrl(text: string): string | undefined {
  return parseIceUrl(text)?.scheme.startsWith('turn') ? text : undefined;
}

function parseScheme(name: string): IceUrl['scheme'] | undefined {
  const scheme = name.toLowerCase();
  return scheme === 'stun' || scheme === 'stuns' || scheme === 'turn' || scheme === 'turns'
    ? scheme
    : undefined;
}
