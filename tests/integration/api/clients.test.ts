/** The client for Node, and the programs of docs/backends.md that steer rooms, run as their readers run them. */
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { AqServer, AqServerError, WebhookSignatureError } from '../../../src/client/backend/index.ts';
import { backend, makeKey } from '../../support/api.ts';
import { hasCommand, type Program, startProgram } from '../../support/program.ts';
import { RawClient } from '../../support/raw-client.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { newWebhookSecret } from '../../support/webhook-receiver.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const STEER = join(PROJECT, 'docs/guides/backends/steer');
const secret = newWebhookSecret();

describe('the client for Node', () => {
  let server: TestServer;
  let aq: AqServer;
  beforeAll(async () => {
    server = await startServer();
    aq = new AqServer({
      url: `${server.url}/`,
      apiKey: makeKey(server, { name: 'node' }),
      webhookSecrets: [secret],
    });
  });
  afterAll(() => server.close());

  test('steers a room', async () => {
    const room = aq.rooms.room('a/b – ü');
    const { token, jti } = await aq.tokens.create({ room: room.name, user_id: 'ann', user_type: 'host' });
    const ann = await RawClient.join(server, token);
    expect(await room.set({ metadata: { title: 'x' } })).toMatchObject({
      peers: 1,
      metadata: { title: 'x' },
    });
    const peers = await Array.fromAsync(room.peers({ statistics: true }));
    expect(peers).toMatchObject([{ id: ann.id, user_id: 'ann', sources: [] }]);
    await room.mute(ann.id, 'mic');
    expect((await room.peer(ann.id)).muted_sources).toEqual(['mic']);
    await room.allow(ann.id, 'mic');
    await room.chat('hello');
    await room.sendData('topic', { any: ['json'] });
    expect(await ann.next('chatReceived')).toMatchObject({ from: null, text: 'hello' });
    expect(await ann.next('dataReceived')).toMatchObject({ topic: 'topic', data: { any: ['json'] } });
    await room.ban('eve');
    expect(await Array.fromAsync(room.bans())).toMatchObject([{ user_id: 'eve' }]);
    expect((await Array.fromAsync(aq.rooms.list())).map(({ name }) => name)).toEqual([room.name]);
    await aq.tokens.revoke(jti);
    expect(await ann.closed).toMatchObject({ reason: 'token_revoked' });
    const kinds = (await Array.fromAsync(aq.audit.read({ actor: 'backend:node' }))).map(({ kind }) => kind);
    expect(kinds).toContain('user-banned');
  });

  test('goes through lists page by page, and tells refusals apart', async () => {
    for (let count = 0; count < 102; count++) await aq.tokens.create({ room: 'many', user_id: `u${count}` });
    const users = (await Array.fromAsync(aq.tokens.list({ room: 'many' }))).map(({ user_id }) => user_id);
    expect(new Set(users).size).toBe(102);
    expect(await aq.tokens.revokeAll({ room: 'many' })).toEqual({ revoked: 102 });
    const refused = await aq.tokens.get('nothing').catch((error) => error);
    expect(refused).toBeInstanceOf(AqServerError);
    expect(refused).toMatchObject({ code: 'not_found', status: 404 });
  });

  test('verifies what the library of Standard Webhooks signs, and nothing else', async () => {
    const body = JSON.stringify({ type: 'room.started', timestamp: new Date().toISOString(), data: {} });
    const sign = (at: Date, key = secret) => ({
      'webhook-id': 'evt_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(key).sign('evt_1', at, body),
    });
    expect(await aq.webhooks.verify(body, sign(new Date()))).toMatchObject({
      id: 'evt_1',
      type: 'room.started',
    });
    expect(await aq.webhooks.verify(body, new Headers(sign(new Date())))).toMatchObject({ id: 'evt_1' });
    const wrong = [
      [`${body} `, sign(new Date())],
      [body, sign(new Date(), newWebhookSecret())],
      [body, sign(new Date(Date.now() - 301_000))],
      [body, { ...sign(new Date()), 'webhook-signature': 'v1,%%%' }],
      [body, {}],
    ] as const;
    for (const [text, headers] of wrong) {
      await expect(aq.webhooks.verify(text, headers)).rejects.toThrow(WebhookSignatureError);
    }
  });
});

describe('a program of docs/backends.md', () => {
  test.for([
    { language: 'Node', command: 'node', file: 'node.mjs' },
    { language: 'Python', command: 'python3', file: 'python.py' },
    { language: 'Go', command: 'go', file: 'main.go' },
  ])(
    'steers rooms and takes webhooks in $language',
    { timeout: 180_000 },
    async ({ language, command, file }, { skip }) => {
      if (!hasCommand(command)) skip(`there is no ${command} on this machine`);
      const port = await freePort();
      const server = await startServer({
        WEBHOOK_URLS: `http://127.0.0.1:${port}/`,
        WEBHOOK_SECRETS: secret,
        WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1',
      });
      onTestFinished(() => server.close());
      const key = makeKey(server);
      const env = { AQ_SERVER: server.url, AQ_API_KEY: key, WEBHOOK_SECRET: secret, PORT: String(port) };
      const program = await start(language, join(STEER, file), env);
      const [, token = ''] = await program.wrote(/token (\S+)/);
      await program.wrote(/port \d+/);
      const client = await RawClient.join(server, token);
      expect(await client.next('chatReceived')).toMatchObject({ from: null, text: 'Welcome, alice!' });
      const { body } = await backend(server, key)('GET', '/rooms/meeting');
      expect(body).toMatchObject({ max_peers: 20, metadata: { title: 'Planning' } });
      const forged = {
        method: 'POST',
        body: '{}',
        headers: { 'webhook-id': 'x', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' },
      };
      expect((await fetch(`http://127.0.0.1:${port}/`, forged)).status).toBe(400);
      await client.close();
    },
  );

  async function start(language: string, file: string, env: Record<string, string>): Promise<Program> {
    if (language === 'Python') return startProgram('python3', [file], { env });
    if (language === 'Go') {
      const go = { GOCACHE: join(tmpdir(), 'aq-go-build'), GOFLAGS: '-mod=mod', GO111MODULE: 'off' };
      return startProgram('go', ['run', file], { env: { ...env, ...go } });
    }
    // As `npm run build` and each set-up make it.
    // As the package is installed beside the program.
    const folder = await mkdtemp(join(tmpdir(), 'aq-steer-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'node_modules'));
    await symlink(join(PROJECT, 'dist/sdk-package'), join(folder, 'node_modules/aq-server-sdk'));
    await symlink(file, join(folder, 'node.mjs'));
    return startProgram(
      process.execPath,
      ['--preserve-symlinks', '--preserve-symlinks-main', join(folder, 'node.mjs')],
      { env },
    );
  }
});

/** The program listens where the server was told that it does. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
