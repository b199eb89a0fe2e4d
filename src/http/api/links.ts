/** The addresses of this server that answers contain. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { AddressSet } from '../../auth/addresses.ts';

export interface LinkOptions {
  /** The address of this server for browsers, without a path; undefined where requests tell it. */
  publicUrl: string | undefined;
  trustedProxies: AddressSet;
}

/** Makes addresses for those who are given a token. */
export interface Links {
  /** Where a client opens its WebSocket. */
  webSocket(request: IncomingMessage, token: string): string;
  /** The room page: its fragment does not reach any log. */
  page(request: IncomingMessage, token: string): string;
}

export function createLinks({ publicUrl, trustedProxies }: LinkOptions): Links {
  const baseOf = ({ headers, socket }: IncomingMessage): string => {
    if (publicUrl !== undefined) return publicUrl;
    const forwarded = trustedProxies.has(socket.remoteAddress ?? '')
      ? headers['x-forwarded-proto']
      : undefined;
    const isSecure = forwarded === undefined ? isEncrypted(socket) : forwarded === 'https';
    // RFC 9113 section 8.3.1: HTTP/2 has it in a field of its own.
    const host = headers.host ?? headers[':authority'] ?? 'localhost';
    return `${isSecure ? 'https' : 'http'}://${host}`;
  };
  return {
    webSocket: (request, token) =>
      `${baseOf(request).replace(/^http/, 'ws')}/aq_server/websocket?token=${token}`,
    page: (request, token) => `${baseOf(request)}/#token=${token}`,
  };
}

function isEncrypted(socket: IncomingMessage['socket'] | TLSSocket): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}
