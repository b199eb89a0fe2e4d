/** A dialer with all around it that its diagnosis looks at, and the diagnosis. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Finding } from '../../scripts/doctor/finding.ts';
import { examineTelephony } from '../../scripts/doctor/telephony.ts';
import { readTelephony } from '../../src/config/telephony.ts';
import { EnvReader } from '../../src/lib/env-reader.ts';
import { freePort } from './ports.ts';
import { FakeTelnyx } from './telnyx/rest.ts';
import { FakeVerto } from './telnyx/verto.ts';
import { WebhookSender } from './telnyx/webhooks.ts';

export const TURN = { TELNYX_TURN_USERNAME: 'turn-user', TELNYX_TURN_PASSWORD: 'the-password-of-turn' };

/** A dialer with which all is well, and the variables of the server that has it. */
export async function dialer() {
  const telnyx = await FakeTelnyx.listen();
  onTestFinished(() => telnyx.close());
  const webhook = await startWebhook();
  const connection = telnyx.addConnection({ webhook_event_url: webhook.url, connection_name: 'agents' });
  const number = telnyx.addNumber('+15551234567', connection);
  const registrar = await FakeVerto.listen(({ login_token, login, passwd }) => {
    const known =
      login_token === undefined
        ? login === connection.user_name && passwd === connection.password
        : telnyx.credentialOf(String(login_token)) !== undefined;
    return known ? '+15551234567' : undefined;
  });
  onTestFinished(() => registrar.close());
  const env: Record<string, string> = {
    TELNYX_API_URL: telnyx.url,
    TELNYX_RTC_URL: registrar.url,
    TELNYX_API_KEY: telnyx.apiKey,
    TELNYX_PUBLIC_KEY: new WebhookSender().publicKey,
    TELNYX_WEBRTC_CONNECTION_ID: connection.id,
    TELNYX_FROM_NUMBERS: '+15551234567',
  };
  const sip = { TELNYX_WEBRTC_USERNAME: connection.user_name, TELNYX_WEBRTC_PASSWORD: connection.password };
  return { telnyx, webhook, connection, number, registrar, env, sip };
}

/** A server at the public address, which answers as ours does to what Telnyx has not signed. */
async function startWebhook() {
  const answer = { status: 401, body: '{"error":{"code":"signature_invalid","message":"…"}}', headers: {} };
  const requests: { body: string; signature: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    requests.push({ body, signature: String(request.headers['telnyx-signature-ed25519']) });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }).listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  onTestFinished(close);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/telnyx`;
  return { url, answer, requests, close };
}

interface Options {
  logIn?: boolean;
  timeoutMs?: number;
  /** Whether STUN and TURN are looked at; they are Telnyx's own by default. */
  ice?: boolean;
}

export async function examine(
  env: Record<string, string>,
  { logIn = true, timeoutMs = 3000, ice = false }: Options = {},
) {
  const config = readTelephony(new EnvReader(env));
  const telephony = ice ? config : { ...config, stunServers: [], turnServers: [] };
  const subject = { telephony, logIn, timeoutMs, propagationMs: 1 };
  const findings: Finding[] = [];
  for await (const finding of examineTelephony(subject)) findings.push(finding);
  return findings;
}

/** Those that are not passed, as `result step`. */
export function troubles(findings: readonly Finding[]): string[] {
  return findings.filter(({ result }) => result !== 'passed').map(({ result, step }) => `${result} ${step}`);
}

export function find(findings: readonly Finding[], result: Finding['result'], step: string): Finding {
  const found = findings.find((one) => one.result === result && one.step === step);
  if (!found) throw new Error(`no ${result} ${step} in ${JSON.stringify(findings, null, 2)}`);
  return found;
}

export type Dialer = Awaited<ReturnType<typeof dialer>>;

/** A pattern of all that must not be printed. */
export function secretsOf(env: Record<string, string>): RegExp {
  const secrets = Object.entries(env).filter(([name]) => /API_KEY|PASSWORD/.test(name));
  return new RegExp(secrets.map(([, value]) => value.replace(/\W/g, '\\$&')).join('|'));
}

const DOCTOR = fileURLToPath(new URL('../../scripts/doctor/main.ts', import.meta.url));

/** Runs the command itself, to its end. */
export function doctor(args: string[], env: Record<string, string>) {
  const { promise, resolve } = Promise.withResolvers<{ status: number; stdout: string; stderr: string }>();
  // Empty, so that a .env of the project does not fill them in.
  const none = Object.fromEntries(
    ['USERNAME', 'PASSWORD'].flatMap((name) => [
      [`TELNYX_WEBRTC_${name}`, ''],
      [`TELNYX_TURN_${name}`, ''],
    ]),
  );
  const servers = {
    TELNYX_STUN_SERVERS: 'stun:127.0.0.1:9',
    TELNYX_TURN_SERVERS: 'turn:127.0.0.1:9?transport=tcp',
  };
  const child = execFile(
    process.execPath,
    [DOCTOR, ...args],
    { env: { PATH: process.env.PATH, NODE_OPTIONS: '', ...none, ...TURN, ...servers, ...env } },
    (_error, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
  );
  return promise;
}
