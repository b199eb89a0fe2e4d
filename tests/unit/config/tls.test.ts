import { expect, test } from 'vitest';
import { readTls } from '../../../src/config/tls.ts';
import { EnvReader } from '../../../src/lib/env-reader.ts';

function read(env: Record<string, string>) {
  const reader = new EnvReader(env);
  return { tls: readTls(reader), faults: reader.faults };
}

test('without variables there is no HTTPS', () => {
  expect(read({})).toEqual({ tls: { from: 'none' }, faults: [] });
});

test('two files are a certificate', () => {
  const { tls } = read({ TLS_CERT: 'a.crt', TLS_KEY: 'a.key', HTTP_REDIRECT_ADDR: ':80' });
  expect(tls).toEqual({
    from: 'files',
    certFile: 'a.crt',
    keyFile: 'a.key',
    redirect: { host: undefined, port: 80 },
  });
});

test('a domain is ordered from Let’s Encrypt over port 80 by default', () => {
  expect(read({ TLS_ACME_DOMAIN: 'Call.Example.com' }).tls).toEqual({
    from: 'acme',
    domain: 'call.example.com',
    email: undefined,
    directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
    challenge: 'http-01',
    redirect: { host: undefined, port: 80 },
  });
});

test('tls-alpn-01 needs no port 80', () => {
  const { tls } = read({ TLS_ACME_DOMAIN: 'a.example.com', TLS_ACME_CHALLENGE: 'tls-alpn-01' });
  expect(tls).toMatchObject({ from: 'acme', redirect: undefined });
});

test.each<[string, Record<string, string>]>([
  ['TLS_KEY is required beside TLS_CERT', { TLS_CERT: 'a.crt' }],
  ['TLS_CERT is required beside TLS_KEY', { TLS_KEY: 'a.key' }],
  [
    'TLS_ACME_DOMAIN must be empty where TLS_CERT and TLS_KEY are set',
    { TLS_ACME_DOMAIN: 'a.example.com', TLS_CERT: 'a.crt' },
  ],
  ['TLS_ACME_DOMAIN must be a host name', { TLS_ACME_DOMAIN: 'localhost' }],
  ['TLS_ACME_DOMAIN must be a host name', { TLS_ACME_DOMAIN: '../a.example' }],
  ['TLS_ACME_DOMAIN must be a host name', { TLS_ACME_DOMAIN: '203.0.113.5' }],
  [
    'TLS_ACME_DIRECTORY must be an https:// address',
    { TLS_ACME_DOMAIN: 'a.example.com', TLS_ACME_DIRECTORY: 'http://a.example' },
  ],
  ['HTTP_REDIRECT_ADDR must be empty where the server itself speaks no HTTPS', { HTTP_REDIRECT_ADDR: ':80' }],
])('%s', (fault, env) => {
  expect(read(env).faults).toEqual([fault]);
});
