/** `npm run watch-calls` beside a server that is stopped and comes back. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { agentToken } from '../support/agent.ts';
import { freePort } from '../support/ports.ts';
import { startProcess, temporaryFolder } from '../support/process.ts';
import { startProgram } from '../support/program.ts';
import { WebhookSender, webhookEvent } from '../support/telnyx/webhooks.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/watch-calls.ts', import.meta.url));
const sender = new WebhookSender();

test('shows each event once, over a restart of the server', async () => {
  const variables = {
    TELNYX_PUBLIC_KEY: sender.publicKey,
    DATA_DIR: temporaryFolder(),
    SERVER_ADDR: `127.0.0.1:${await freePort()}`,
  };
  const first = await startProcess(variables);
  const watcher = startProgram(process.execPath, [SCRIPT, '--url', first.url], {
    env: { TOKEN: agentToken() },
  });
  await watcher.wrote(/"caught-up","data":{"seq":0}/);
  await sender.send(`${first.url}/webhooks/telnyx`, webhookEvent('call.cost', { first: true }));
  await watcher.wrote(/"seq":1,.*"first":true/);
  first.child.kill('SIGKILL');
  await watcher.wrote(/closed: 1006/);
  const second = await startProcess(variables);
  await sender.send(`${second.url}/webhooks/telnyx`, webhookEvent('call.cost', { second: true }));
  await watcher.wrote(/"seq":2,.*"second":true/);
  await watcher.wrote(/"caught-up","data":{"seq":[12]}/);
  expect(watcher.output().match(/"seq":[12],/g)).toHaveLength(2);
});

test('ends with 1 where the token is refused', async () => {
  const server = await startProcess();
  const env = { TOKEN: agentToken({ user_type: 'host' }) };
  const watcher = startProgram(process.execPath, [SCRIPT, '--url', server.url], { env });
  await watcher.wrote(/closed: 1008 forbidden/);
  const [status] = await new Promise<[number | null]>((resolve) => {
    if (watcher.child.exitCode !== null) resolve([watcher.child.exitCode]);
    else watcher.child.once('exit', (code) => resolve([code]));
  });
  expect(status).toBe(1);
});
