/** The configurations of the guide to deploying, as they stand there but for names and ports. */
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { guide, prepareNginx, replace } from '../support/nginx.ts';
import { freePort } from '../support/ports.ts';
import { hasCommand, type Program, startProgram } from '../support/program.ts';
import { startServer } from '../support/server.ts';

interface Setting {
  /** Where the proxy keeps all that it has. */
  folder: string;
  port: number;
  /** The server behind it, as `host:port`. */
  upstream: string;
}

const proxies = {
  async nginx({ folder, port, upstream }) {
    return startProgram('nginx', await prepareNginx(folder, { address: `127.0.0.1:${port}`, upstream }));
  },
  async caddy({ folder, port, upstream }) {
    const site = replace(await guide('Caddyfile'), {
      '\n{\n': '\n{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n',
      '\nyour.host {\n': `\nlocalhost:${port} {\n\ttls internal\n`,
      '127.0.0.1:8080': upstream,
      '/var/log/caddy/aq-server.log': join(folder, 'access.log'),
    });
    await writeFile(join(folder, 'Caddyfile'), site);
    return startProgram('caddy', ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')], {
      env: { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    });
  },
} satisfies Record<string, (setting: Setting) => Promise<Program>>;

/** The status of an answer over HTTPS, whoever has signed the certificate; 0 where nobody answers. */
function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    request(url, { rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', () => resolve(0))
      .end();
  });
}

/** The first frame over a WebSocket, as a page of this origin opens it. */
async function welcome(url: string, protocols: string[], origin: string): Promise<string> {
  const socket = new WebSocket(url, protocols, { origin, rejectUnauthorized: false });
  const [frame] = await once(socket, 'message');
  socket.close();
  await once(socket, 'close');
  return String(frame);
}

test.for(['nginx', 'caddy'] as const)(
  '%s lets WebSockets through, and no token into its logs',
  { timeout: 60_000 },
  async (name, { skip }) => {
    for (const command of [name, 'openssl']) {
      if (!hasCommand(command)) skip(`there is no ${command} on this machine`);
    }
    const folder = await mkdtemp(join(tmpdir(), 'aq-proxy-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const server = await startServer({ TRUSTED_PROXIES: '127.0.0.1' });
    onTestFinished(() => server.close());
    const port = await freePort();
    const proxy = await proxies[name]({ folder, port, upstream: `127.0.0.1:${server.app.port}` });
    const origin = `https://localhost:${port}`;
    await expect.poll(() => statusOf(`${origin}/health`), { timeout: 20_000 }).toBe(200);

    const token = server.token();
    const socket = `wss://localhost:${port}/aq_server/websocket`;
    expect(await welcome(`${socket}?token=${token}`, ['aq.v1'], origin)).toContain('"welcome"');
    expect(await welcome(socket, ['aq.v1', `bearer.${token}`], origin)).toContain('"welcome"');
    expect(await statusOf(`${origin}/aq_server/validate?token=${token}`)).toBe(200);
    await server.close();
    expect(await statusOf(`${origin}/aq_server/validate?token=${token}`)).toBe(502);

    proxy.child.kill('SIGTERM');
    await once(proxy.child, 'exit');
    const logs = (await readdir(folder)).filter((file) => file.endsWith('.log'));
    const texts = await Promise.all(logs.map((file) => readFile(join(folder, file), 'utf8')));
    const log = [proxy.output(), ...texts].join('\n');
    expect(log).toContain('/aq_server/websocket');
    expect(log).toContain('502');
    for (const part of token.split('.')) expect(log).not.toContain(part);
  },
);
