/** HTTPS of the server's own: its certificate, and plain HTTP beside it. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import type { Auth, Base, Store } from './floors.ts';
import { createHttpServer, listen } from './http/server.ts';
import { AcmeCertificates } from './http/tls/acme-certificates.ts';
import { answerAlpnHandshakes } from './http/tls/alpn-handshakes.ts';
import { CertificateFiles } from './http/tls/certificate-files.ts';
import type { Certificates } from './http/tls/certificates.ts';
import { Challenges } from './http/tls/challenges.ts';
import { redirectRoutes } from './http/tls/redirect-routes.ts';

type Parts = Base & Store & Auth;
type Tls = Exclude<Config['tls'], { from: 'none' }>;

/** What a server needs to speak HTTPS. */
export interface Https {
  readonly certificates: Certificates;
  /** To be called when the server listens at this port. Resolves when plain HTTP is answered too. */
  start(server: FastifyInstance, port: number): Promise<void>;
}

/**
 * Undefined where the server speaks plain HTTP.
 * @throws CertificateError
 */
export function openHttps(parts: Parts): Https | undefined {
  const { tls } = parts.config;
  if (tls.from === 'none') return undefined;
  const challenges = new Challenges();
  const certificates = openCertificates(tls, challenges, parts);
  parts.closing.defer(() => certificates.close());
  return {
    certificates,
    async start({ server }, port) {
      if (tls.from === 'acme' && tls.challenge === 'tls-alpn-01') answerAlpnHandshakes(server, challenges);
      await listenForRedirects(tls, { challenges, httpsPort: () => port }, parts);
      if (certificates instanceof AcmeCertificates) certificates.start();
    },
  };
}

function openCertificates(tls: Tls, challenges: Challenges, { logger, folders }: Parts) {
  if (tls.from === 'files') return new CertificateFiles({ ...tls, logger });
  const folder = join(folders.dataDir ?? tmpdir(), 'tls');
  return new AcmeCertificates({ ...tls, folder, challenges, logger });
}

async function listenForRedirects(
  { redirect }: Tls,
  options: Parameters<typeof redirectRoutes>[0],
  parts: Parts,
): Promise<void> {
  if (!redirect) return;
  const { server } = parts.config;
  const http = createHttpServer({ ...parts, ...server, plugins: [redirectRoutes(options)] });
  parts.closing.defer(() => http.close());
  await listen(http, redirect);
}
