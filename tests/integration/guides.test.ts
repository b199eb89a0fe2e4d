/** The programs of the guides, run as their readers run them. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { hasCommand, type Program, startProgram } from '../support/program.ts';
import { SECRET, startServer, type TestServer } from '../support/server.ts';

const exec = promisify(execFile);
const inProject = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const BACKENDS = inProject('docs/guides/backends');

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const webSocketUrl = () => server.url.replace('http', 'ws');

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aq-guides-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Resolves to the first frame that comes. */
function firstFrame(url: string): Promise<{ event: string; data: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.once('error', reject);
    socket.once('message', (text) => {
      resolve(JSON.parse(text.toString()));
      socket.close();
    });
  });
}

describe('a backend that mints tokens', () => {
  const start = {
    Node: async (env) => startProgram(process.execPath, [join(BACKENDS, 'node.js')], { env }),
    Python: async (env) => startProgram('python3', [join(BACKENDS, 'python.py')], { env }),
    Go: async (env) =>
      startProgram('go', ['run', join(BACKENDS, 'main.go')], {
        env: { ...env, GOCACHE: join(tmpdir(), 'aq-go-build'), GOFLAGS: '-mod=mod', GO111MODULE: 'off' },
      }),
    NestJS: startNest,
  } satisfies Record<string, (env: Record<string, string>) => Promise<Program>>;

  /** As the Nest CLI builds it: with TypeScript's decorators. */
  async function startNest(env: Record<string, string>): Promise<Program> {
    const folder = await temporaryFolder();
    await symlink(inProject('node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const from = join(BACKENDS, 'nestjs');
    const sources = (await readdir(from)).map((name) => join(from, name));
    await exec(process.execPath, [
      inProject('node_modules/typescript/bin/tsc'),
      ...['--ignoreConfig', '--strict', '--skipLibCheck', '--types', 'node'],
      ...['--experimentalDecorators', '--emitDecoratorMetadata', '--target', 'es2022'],
      ...['--module', 'nodenext', '--rootDir', from, '--outDir', folder, ...sources],
    ]);
    return startProgram(process.execPath, [join(folder, 'main.js')], { env });
  }

  test.for([
    { language: 'Node', command: 'node' },
    { language: 'NestJS', command: 'node' },
    { language: 'Python', command: 'python3' },
    { language: 'Go', command: 'go' },
  ] as const)('in $language', { timeout: 60_000 }, async ({ language, command }, { skip }) => {
    if (!hasCommand(command)) skip(`there is no ${command} on this machine`);
    const env = { JWT_SECRET: SECRET, AQ_SERVER: webSocketUrl(), PORT: '0' };
    const backend = await start[language](env);
    const [, port] = await backend.wrote(/port (\d+)/);
    const ask = (room: string, session?: string) =>
      fetch(`http://127.0.0.1:${port}/api/webrtc/token/${encodeURIComponent(room)}`, {
        headers: session === undefined ? {} : { cookie: `theme=dark; session=${session}` },
      });

    expect((await ask('meeting')).status).toBe(401);
    expect((await ask('meeting', 'of-nobody')).status).toBe(401);
    expect((await ask('secret', 'session-of-alice')).status).toBe(403);
    const others = ['api/other', 'api/webrtc/token/', 'api/webrtc/token'];
    for (const path of others) expect((await fetch(`http://127.0.0.1:${port}/${path}`)).status).toBe(404);
    const noUtf8 = await fetch(`http://127.0.0.1:${port}/api/webrtc/token/%ff`);
    expect([400, 401, 404]).toContain(noUtf8.status);

    const answer = await ask('room 1 – Füße', 'session-of-alice');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { wsUrl, token } = (await answer.json()) as { wsUrl: string; token: string };
    expect(wsUrl).toBe(`${webSocketUrl()}/aq_server/websocket?token=${token}`);
    const checked = await fetch(`${server.url}/aq_server/validate`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await checked.json()).toMatchObject({
      claims: { user_id: 'alice', name: 'Alice', user_type: 'host', room: 'room 1 – Füße' },
    });
    expect(await firstFrame(wsUrl)).toMatchObject({ event: 'welcome', data: { room: 'room 1 – Füße' } });
  });
});

describe('the raw protocol', () => {
  const talk = (user_id: string) =>
    startProgram(process.execPath, [inProject('docs/guides/raw-protocol.js')], {
      env: { SERVER: webSocketUrl(), TOKEN: server.token({ user_id, room: 'raw' }) },
    });

  test('in ten lines reads and writes the chat', async () => {
    const ann = talk('ann');
    const joined = () => server.log.filter(({ msg }) => msg === 'joined').length;
    await expect.poll(joined, { timeout: 15_000 }).toBe(1);
    talk('bob');
    await ann.wrote(/^\S+: hello, 1 others$/m);
  });
});

describe('a client of the Go server', () => {
  test('gets its socket at the same address, and cannot talk yet, as the README says', async () => {
    const socket = new WebSocket(`${webSocketUrl()}/aq_server/websocket?token=${server.token()}`);
    onTestFinished(() => socket.terminate());
    await once(socket, 'message');
    for (const event of ['answer', 'candidate', 'chat']) {
      socket.send(JSON.stringify({ event, data: '{}' }));
      const [frame] = await once(socket, 'message');
      expect(JSON.parse(String(frame))).toMatchObject({ id: null, error: { code: 'invalid_message' } });
    }
  });
});
