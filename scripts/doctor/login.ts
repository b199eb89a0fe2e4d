/** The login of a softphone, in the way that is chosen: by a token, or by name and password. */
import { readLoginToken } from '../../src/telephony/login-token.ts';
import type { Connection } from '../../src/telephony/telnyx-api.ts';
import { type Examination, failed, passed, skipped } from './finding.ts';
import { type Account, adviceFor, type Subject, sentenceOf } from './subject.ts';
import { LoginRefused, logIn, type VertoLogin } from './verto.ts';

export async function* examineLogins(
  subject: Subject,
  account: Account | undefined,
  connection: Connection | undefined,
): Examination {
  const { login, connectionId, credentialId, username, password } = subject.telephony;
  if (login.way === 'credentials' && username !== undefined && password !== undefined) {
    yield* examineLogin(subject, { login: username, passwd: password }, 'WebRTC login by password');
  } else if (account && connection && (connectionId ?? credentialId) !== undefined) {
    yield* examineToken(account, connection);
  } else {
    yield skipped('Login token', 'it takes the API key, and a credential or a connection.');
  }
}

/** With a connection, by a credential that exists for this alone: no agent's softphone loses its registration. */
async function* examineToken(account: Account, { id }: Connection): Examination {
  const { api, telephony, propagationMs, logIn: mayLogIn } = account;
  const { credentialId } = telephony;
  let made: string | undefined;
  try {
    made = credentialId === undefined ? await makeCredential(account, id) : undefined;
    const token = readLoginToken(await api.createToken(credentialId ?? made ?? ''), Date.now());
    yield passed('Login token', `it can be made, and ends ${new Date(token.expiresAt).toISOString()}.`);
    if (made !== undefined && mayLogIn) await new Promise((resolve) => setTimeout(resolve, propagationMs));
    yield* examineLogin(account, { login_token: token.token }, 'WebRTC login by token');
  } catch (error) {
    yield failed('Login token', `none can be made: ${sentenceOf(error)}.`, adviceFor(error));
  } finally {
    if (made !== undefined) await api.deleteCredential(made).catch(() => {});
  }
}

/** It ends by itself, should the diagnosis be killed. */
async function makeCredential({ api }: Account, connectionId: string): Promise<string> {
  const end = new Date(Date.now() + 3_600_000);
  return (await api.createCredential(connectionId, 'aq-server doctor', end)).id;
}

async function* examineLogin(subject: Subject, login: VertoLogin, step: string): Examination {
  const { telephony, timeoutMs } = subject;
  if (!subject.logIn) {
    yield skipped(step, 'it was not asked for.');
    return;
  }
  try {
    const region = await logIn(telephony.rtcUrl, login, timeoutMs);
    yield passed(step, `${telephony.rtcUrl} takes it and registers${region ? ` in ${region}` : ''}.`);
  } catch (error) {
    const next = error instanceof LoginRefused ? SET_UP : REACH;
    yield failed(step, `${telephony.rtcUrl}: ${sentenceOf(error)}.`, next);
  }
}

const SET_UP =
  'Set the connection up for WebRTC in the portal: 1. Voice, SIP Connections: its type is Credentials, and it is active. ' +
  '2. Authentication: user name and password are those in TELNYX_WEBRTC_USERNAME and TELNYX_WEBRTC_PASSWORD. ' +
  '3. Inbound: a codec that browsers speak. 4. Outbound: an outbound voice profile. 5. Numbers: one is assigned to it. ' +
  'Then wait a minute and ask again.';
const REACH =
  'Let WebSockets to port 443 out of the network that the agents are in, and see whether status.telnyx.com tells of a failure.';
