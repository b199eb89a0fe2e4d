/** Certificates over ACME, from Let's Encrypt's own test server (pebble), which checks the challenges over real sockets. */
import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import acme from 'acme-client';
import { expect, onTestFinished, test } from 'vitest';
import { createKeyPair } from '../support/key-pairs.ts';
import { freePort } from '../support/ports.ts';
import { startProgram } from '../support/program.ts';
import { startServer, type TestServer } from '../support/server.ts';

const DOMAIN = 'call.example.test';

interface Setting {
  folder: string;
  /** Where the authority checks the challenges. */
  httpPort: number;
  tlsPort: number;
}

/** Starts an authority that finds every domain on this machine. Returns the address of its directory. */
async function startAuthority({ folder, httpPort, tlsPort }: Setting): Promise<string> {
  const [port, management, dns, dnsManagement] = await Promise.all([1, 2, 3, 4].map(() => freePort()));
  const { certFile: certificate, keyFile: privateKey, cert } = await createKeyPair(folder, 'authority');
  const listenAddress = `127.0.0.1:${port}`;
  const managementListenAddress = `127.0.0.1:${management}`;
  const pebble = { listenAddress, managementListenAddress, certificate, privateKey, httpPort, tlsPort };
  await writeFile(join(folder, 'pebble.json'), JSON.stringify({ pebble }));
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', ''];
  const names = [
    '-defaultIPv6',
    '',
    '-dns01',
    `127.0.0.1:${dns}`,
    '-management',
    `127.0.0.1:${dnsManagement}`,
  ];
  await startProgram('pebble-challtestsrv', [...off, ...names]).wrote(/Starting/);
  const options = ['-config', join(folder, 'pebble.json'), '-strict', '-dnsserver', `127.0.0.1:${dns}`];
  await startProgram('pebble', options, { env: { PEBBLE_VA_NOSLEEP: '1' } }).wrote(
    /ACME directory available/,
  );
  acme.axios.defaults.httpsAgent = new Agent({ ca: cert });
  return `https://${listenAddress}/dir`;
}

/** The certificate that a new connection is shown; undefined where there is none. */
async function presentedBy(port: number): Promise<X509Certificate | undefined> {
  const socket = connect({ port, host: '127.0.0.1', servername: DOMAIN, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate();
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

test.each([
  'http-01',
  'tls-alpn-01',
])('a certificate by %s is served, stored, and redirected to', async (challenge) => {
  const folder = await mkdtemp(join(tmpdir(), 'aq-acme-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [httpPort, tlsPort] = [await freePort(), await freePort()];
  const variables = {
    DATA_DIR: folder,
    SERVER_ADDR: `127.0.0.1:${tlsPort}`,
    HTTP_REDIRECT_ADDR: `127.0.0.1:${httpPort}`,
    TLS_ACME_DOMAIN: DOMAIN,
    TLS_ACME_EMAIL: 'operator@example.test',
    TLS_ACME_CHALLENGE: challenge,
    TLS_ACME_DIRECTORY: await startAuthority({ folder, httpPort, tlsPort }),
  };
  const first = await startServer(variables);
  await expect.poll(() => issued(first), { timeout: 30_000 }).toBe(true);
  const certificate = await presentedBy(tlsPort);
  expect(certificate?.subjectAltName).toBe(`DNS:${DOMAIN}`);

  const redirected = await fetch(`http://127.0.0.1:${httpPort}/aq_server/validate?x=1`, {
    redirect: 'manual',
  });
  expect(redirected.status).toBe(308);
  expect(redirected.headers.get('location')).toBe(`https://127.0.0.1:${tlsPort}/aq_server/validate?x=1`);
  const unknown = await fetch(`http://127.0.0.1:${httpPort}/.well-known/acme-challenge/nothing`);
  expect(unknown.status).toBe(404);
  await first.close();

  const second = await startServer(variables);
  expect((await presentedBy(tlsPort))?.serialNumber).toBe(certificate?.serialNumber);
  expect(issued(second)).toBe(false);
  await second.close();
}, 60_000);

function issued({ log }: TestServer): boolean {
  return log.some(({ msg }) => msg === 'certificate issued');
}
