/** A server as the guide deploys it, with TLS and HTTP/2, and far away: behind nginx, or by itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FarServer, startFarServer } from '../../tests/support/far-server.ts';
import { createKeyPair } from '../../tests/support/key-pairs.ts';
import { prepareNginx } from '../../tests/support/nginx.ts';
import { freePort } from '../../tests/support/ports.ts';
import { LagProxy } from './lag-proxy.ts';

/** Where nginx listens, and where browsers find it. */
const NEAR = '127.0.0.1';
const FAR = '127.0.0.2';

export interface Deployment {
  /** The origin that browsers open; nobody has signed its certificate. */
  readonly url: string;
  /** What lies between. */
  readonly proxies: readonly LagProxy[];
  token(claims: { user_id: string; room: string; user_type: string }): string;
  close(): Promise<void>;
}

/** The server speaks TLS itself. */
export async function deployAlone(): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'aq-bench-'));
  const { certFile, keyFile } = await createKeyPair(folder, 'server');
  const server = await startFarServer({ LOG_LEVEL: 'silent', TLS_CERT: certFile, TLS_KEY: keyFile });
  return place(server, server.app.port, () => rm(folder, { recursive: true }));
}

/** nginx speaks TLS, with the guide's configuration. */
export async function deployBehindNginx(): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'aq-bench-'));
  const server = await startFarServer({ LOG_LEVEL: 'silent', TRUSTED_PROXIES: NEAR });
  const port = await freePort();
  const addresses = { address: `${NEAR}:${port}`, upstream: `${NEAR}:${server.app.port}` };
  const nginx = spawn('/usr/sbin/nginx', await prepareNginx(folder, addresses), { stdio: 'inherit' });
  await answers(`http://${addresses.address}`);
  return place(server, port, async () => {
    nginx.kill();
    await once(nginx, 'exit');
    await rm(folder, { recursive: true });
  });
}

/** Puts it far away: `port` is where TLS is spoken. */
async function place(server: FarServer, port: number, clean: () => Promise<void>): Promise<Deployment> {
  const web = await LagProxy.open({
    listen: { host: FAR, port: 0 },
    target: { host: NEAR, port },
    path: { delayMs: 0 },
    // That of TCP: TLS has its own here.
    connectRoundTrips: 1,
  });
  return {
    url: `https://${FAR}:${web.port}`,
    proxies: [web, server.media],
    token: server.token,
    async close() {
      await Promise.all([web.close(), server.close()]);
      await clean();
    },
  };
}

/** Waits until somebody answers there, if only that it wants HTTPS. */
async function answers(url: string): Promise<void> {
  for (const end = Date.now() + 10_000; ; await sleep(50)) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
