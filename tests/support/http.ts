/** An HTTP server of a test's own, with real parts, and a client that sends bytes as they are. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import { createOriginPolicy, type OriginPolicy } from '../../src/auth/origins.ts';
import { readToken } from '../../src/auth/requests.ts';
import { createTokenVerifier, mintToken } from '../../src/auth/tokens.ts';
import { type HealthOptions, healthRoute } from '../../src/http/operation/health.ts';
import { type MetricsOptions, metricsRoute } from '../../src/http/operation/metrics.ts';
import { type PagesOptions, pageRoutes } from '../../src/http/pages/pages.ts';
import { capabilitiesRoute } from '../../src/http/rooms/capabilities.ts';
import { type DevTokenOptions, devTokenRoute } from '../../src/http/rooms/dev-token.ts';
import { type ValidateOptions, validateRoutes } from '../../src/http/rooms/validate.ts';
import { createHttpServer, type HttpServerOptions, listen } from '../../src/http/server.ts';
import { AppError } from '../../src/lib/errors.ts';
import { createLogger } from '../../src/lib/logger.ts';

export const secret = 'a secret of these tests, with 32 bytes or more';

/** What a test may choose of its server. */
export interface TestHttpOptions extends Partial<Omit<HttpServerOptions, 'plugins'>> {
  origins?: OriginPolicy;
  authorize?: ValidateOptions['authorize'];
  metrics?: Partial<MetricsOptions>;
  health?: Partial<HealthOptions>;
  pages?: PagesOptions;
  /** Without it there is no such route. */
  devToken?: DevTokenOptions;
}

const noFolder = join(tmpdir(), 'no-such-folder');

/** Of a server that can save changes. */
export const storageOk = { fault: undefined, since: undefined, unsaved: 0, lost: 0 };

/** Closed with the test that made it. The pages are a folder that is empty unless the test names its own. */
export function httpServer(options: TestHttpOptions = {}): FastifyInstance {
  const server = createHttpServer({
    logger: createLogger({ level: 'silent', pretty: false }),
    journal: () => {},
    errorRate: { note: () => {} },
    addressOf: ({ socket }) => socket.remoteAddress ?? '',
    frameAncestors: "'none'",
    maxHeaderBytes: 16_384,
    headerTimeoutMs: 10_000,
    plugins: pluginsOf(options),
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

function pluginsOf(options: TestHttpOptions): HttpServerOptions['plugins'] {
  const { origins = createOriginPolicy({ allowedOrigins: [] }) } = options;
  const tokens = createTokenVerifier({ secret, maxTtlSeconds: 3600, clockToleranceSeconds: 5 });
  const check: ValidateOptions['authorize'] = (request) => {
    origins.check(request.headers.origin, request.headers.host);
    return tokens.verify(readToken(request));
  };
  return [
    healthRoute({
      state: () => 'healthy',
      version: '1.2.3',
      recent: () => ({ requests: 200, errors: 1 }),
      details: () => ({ rooms: 0, sessions: 0, agents: 0, workers: [] }),
      apiKeys: {
        verify: () => {
          throw new AppError('api_key_invalid');
        },
      },
      storage: () => storageOk,
      peers: () => 0,
      ...options.health,
    }),
    metricsRoute({
      contentType: 'text/plain',
      text: async () => '',
      token: undefined,
      trusted: 'local',
      ...options.metrics,
    }),
    capabilitiesRoute({ hash: 'h1', rtpCapabilities: { codecs: [] } }),
    validateRoutes({ authorize: options.authorize ?? check, origins }),
    ...(options.devToken ? [devTokenRoute(options.devToken, origins)] : []),
    pageRoutes(options.pages ?? { publicDir: noFolder, distDir: noFolder }),
  ];
}

/** The same on a real socket, at a free port of 127.0.0.1. */
export async function listeningServer(options: TestHttpOptions = {}) {
  const server = httpServer(options);
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  return { server, port, url: `http://127.0.0.1:${port}` };
}

export function devToken(open = false): DevTokenOptions {
  return { open, mint: (subject) => mintToken(subject, { secret, ttlSeconds: 600 }) };
}

/** A folder with these files, gone with the test. */
export async function folderOf(files: Record<string, string | Buffer>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aq-http-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** Sends these bytes and resolves to all that comes until the other side closes. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  let answer = '';
  for await (const chunk of socket.setEncoding('latin1')) answer += chunk;
  return answer;
}
