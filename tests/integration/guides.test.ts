/** The programs of the guides, run as their readers run them. */
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { hasCommand, type Program, startProgram } from '../support/program.ts';
import { SECRET, startServer, type TestServer } from '../support/server.ts';
import { assertMintsTokens } from '../support/token-backend.ts';

const inProject = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const BACKENDS = inProject('docs/guides/backends');

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const webSocketUrl = () => server.url.replace('http', 'ws');

describe('a backend that mints tokens', () => {
  const start = {
    Node: (env) => startProgram(process.execPath, [join(BACKENDS, 'node.js')], { env }),
    Python: (env) => startProgram('python3', [join(BACKENDS, 'python.py')], { env }),
    Go: (env) =>
      startProgram('go', ['run', join(BACKENDS, 'main.go')], {
        env: { ...env, GOCACHE: join(tmpdir(), 'aq-go-build'), GOFLAGS: '-mod=mod', GO111MODULE: 'off' },
      }),
  } satisfies Record<string, (env: Record<string, string>) => Program>;

  test.for([
    { language: 'Node', command: 'node' },
    { language: 'Python', command: 'python3' },
    { language: 'Go', command: 'go' },
  ] as const)('in $language', async ({ language, command }, { skip }) => {
    if (!hasCommand(command)) skip(`there is no ${command} on this machine`);
    const env = { JWT_SECRET: SECRET, AQ_SERVER: webSocketUrl(), PORT: '0' };
    await assertMintsTokens(start[language](env), server);
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
    await expect.poll(joined).toBe(1);
    talk('bob');
    await ann.wrote(/^\S+: hello, 1 others$/m);
  });
});

describe('a client of the Go server', () => {
  test('gets an offer at the same address', async () => {
    const socket = new WebSocket(`${webSocketUrl()}/aq_server/websocket?token=${server.token()}`);
    onTestFinished(() => socket.terminate());
    const [frame] = await once(socket, 'message');
    const { event, data } = JSON.parse(String(frame));
    expect([event, JSON.parse(data).type]).toEqual(['offer', 'offer']);
  });
});
