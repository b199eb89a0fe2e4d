/** A real server that is far away: all that is sent to it and by it passes a lag proxy. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { pino } from 'pino';
import { startApp } from '../../src/app.ts';
import { mintToken } from '../../src/auth/tokens.ts';
import { loadConfig } from '../../src/config.ts';
import { EarlyKeyFrames } from '../../src/media/early-key-frame.ts';
import type { Grant } from '../../src/protocol/grants.ts';
import { LagProxy } from './lag-proxy.ts';

/** Where the server listens, and where browsers find it. */
const NEAR = '127.0.0.1';
const FAR = '127.0.0.2';
const SECRET = 'bench-7Hk2RtW9qLx4ZsPv6NdYc3FmB8gJuTaE5';

export interface FarServer {
  /** The origin that browsers open. */
  readonly url: string;
  /** Sets the round trip, in milliseconds. */
  setRtt(rtt: number): void;
  /** Whether the server asks for key frames early, as it does unless it is told otherwise. */
  setEarlyKeyFrames(enabled: boolean): void;
  token(claims: { user_id: string; room: string; grants?: Grant[] }): string;
  close(): Promise<void>;
}

/** Builds the page, and starts the server and the proxies before it. */
export async function startFarServer(): Promise<FarServer> {
  const folder = await mkdtemp(join(tmpdir(), 'aq-bench-'));
  const folders = await buildPage(folder);
  const port = await freeUdpPort();
  const config = loadConfig({
    JWT_SECRET: SECRET,
    SERVER_ADDR: `${NEAR}:0`,
    MEDIA_LISTEN_ADDRESS: NEAR,
    MEDIA_ANNOUNCED_ADDRESS: FAR,
    MEDIA_PORT: String(port),
    MEDIA_WORKERS: '1',
    CONNECTIONS_PER_MINUTE: '100000',
    REQUESTS_PER_MINUTE: '100000',
  });
  const app = await startApp(config, pino({ level: 'silent' }), folders);
  const path = { delayMs: 0 };
  const proxy = (from: number, to: number) =>
    LagProxy.open({ listen: { host: FAR, port: from }, target: { host: NEAR, port: to }, path });
  const proxies = [await proxy(0, app.port), await proxy(port, port)];
  return {
    url: `http://${FAR}:${proxies[0]?.port}`,
    setRtt(rtt) {
      for (const each of proxies) each.path = { delayMs: rtt / 2 };
    },
    setEarlyKeyFrames,
    token: (claims) => mintToken(claims, { secret: SECRET, ttlSeconds: 3600 }).token,
    async close() {
      await app.close();
      for (const each of proxies) await each.close();
      await rm(folder, { recursive: true });
    },
  };
}

const { told } = EarlyKeyFrames.prototype;

/** The product has no such switch: without it, the bench leaves out what tells of a subscriber. */
function setEarlyKeyFrames(enabled: boolean): void {
  EarlyKeyFrames.prototype.told = enabled ? told : () => {};
}

async function buildPage(folder: string): Promise<{ publicDir: string; distDir: string }> {
  const folders = { publicDir: join(folder, 'public'), distDir: join(folder, 'dist') };
  const source = (path: string) => new URL(path, import.meta.url).pathname;
  await build({
    entryPoints: { bench: source('page/main.ts'), sdk: source('../../src/client/index.ts') },
    outdir: folders.distDir,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
  });
  await mkdir(folders.publicDir);
  await copyFile(source('page/index.html'), join(folders.publicDir, 'index.html'));
  return folders;
}

/** The server and the proxy have the same port at different addresses. */
async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, FAR);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
