/** How the server speaks HTTPS by itself, if it does. */
import type { EnvReader } from '../lib/env-reader.ts';
import { parseServerAddress, type ServerAddress } from './server-address.ts';

/** Without HTTPS a proxy speaks it in front of the server, or browsers are on the same machine. */
export type TlsConfig =
  | { readonly from: 'none' }
  | {
      readonly from: 'files';
      /** Paths, absolute or from where the server was started. */
      readonly certFile: string;
      readonly keyFile: string;
      /** Where plain HTTP is redirected. */
      readonly redirect: ServerAddress | undefined;
    }
  | {
      readonly from: 'acme';
      readonly domain: string;
      readonly email: string | undefined;
      readonly directoryUrl: string;
      readonly challenge: 'http-01' | 'tls-alpn-01';
      readonly redirect: ServerAddress | undefined;
    };

const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';

export function readTls(read: EnvReader): TlsConfig {
  const [certFile, keyFile] = [read.text('TLS_CERT'), read.text('TLS_KEY')];
  const acme = readAcme(read);
  if (acme && (certFile ?? keyFile) !== undefined) {
    read.fault('TLS_ACME_DOMAIN', 'must be empty where TLS_CERT and TLS_KEY are set');
  }
  if (acme) return acme;
  const redirect = readRedirect(read, '');
  if (certFile !== undefined && keyFile !== undefined) return { from: 'files', certFile, keyFile, redirect };
  if (certFile !== undefined) read.fault('TLS_KEY', 'is required beside TLS_CERT');
  if (keyFile !== undefined) read.fault('TLS_CERT', 'is required beside TLS_KEY');
  if (redirect) read.fault('HTTP_REDIRECT_ADDR', 'must be empty where the server itself speaks no HTTPS');
  return { from: 'none' };
}

function readAcme(read: EnvReader): TlsConfig | undefined {
  const email = read.text('TLS_ACME_EMAIL');
  const directoryUrl = read.parsed(
    'TLS_ACME_DIRECTORY',
    LETS_ENCRYPT,
    'must be an https:// address',
    parseUrl,
  );
  const challenge = read.oneOf('TLS_ACME_CHALLENGE', ['http-01', 'tls-alpn-01'], 'http-01');
  if (read.text('TLS_ACME_DOMAIN') === undefined) return undefined;
  const domain = read.parsed('TLS_ACME_DOMAIN', '', 'must be a host name', parseDomain);
  const redirect = readRedirect(read, challenge === 'http-01' ? ':80' : '');
  return { from: 'acme', domain, email, directoryUrl: directoryUrl.href, challenge, redirect };
}

/** @param fallback the address without the variable; empty for none */
function readRedirect(read: EnvReader, fallback: string): ServerAddress | undefined {
  if (fallback === '' && read.text('HTTP_REDIRECT_ADDR') === undefined) return undefined;
  const form = 'must be ":port" or "host:port"';
  return read.parsed('HTTP_REDIRECT_ADDR', fallback, form, parseServerAddress);
}

function parseUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url?.protocol === 'https:' ? url : undefined;
}

/** RFC 1123 section 2.1, with at least two labels: authorities issue certificates for no others. */
function parseDomain(text: string): string | undefined {
  if (text === '') return text;
  const name = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i;
  return text.length <= 253 && name.test(text) ? text.toLowerCase() : undefined;
}
