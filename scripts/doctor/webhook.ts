/** The way of call events: whether the route at its public address is ours, and checks signatures. */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { Connection } from '../../src/telephony/telnyx-api.ts';
import { type Examination, type Finding, failed, passed, skipped } from './finding.ts';
import { type Subject, sentenceOf } from './subject.ts';

const STEP = 'Webhook';
const ROUTE = '/webhooks/telnyx';
const PORTAL = 'portal: Voice, SIP Connections, the connection, Webhooks';

/**
 * Only Telnyx can sign an event that this server takes. What can be seen from here is that a well-formed event with
 * somebody else's signature comes to our route and is refused there.
 */
export async function* examineWebhook(subject: Subject, connection: Connection | undefined): Examination {
  if (!connection) {
    yield skipped(STEP, 'its address stands in the connection.');
    return;
  }
  const address = connection.webhook_event_url ?? '';
  const url = URL.parse(address);
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    yield failed(
      STEP,
      'the connection has no address to send call events to.',
      `Set https://HOST${ROUTE} (${PORTAL}).`,
    );
    return;
  }
  yield await sendSample(url, subject.timeoutMs);
}

async function sendSample(url: URL, timeoutMs: number): Promise<Finding> {
  const { body, headers } = signedSample();
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    return judge(url, response.status, codeOf(await response.text()));
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = signal.aborted ? `no answer in ${timeoutMs} ms` : sentenceOf(cause);
    return failed(
      STEP,
      `${url} cannot be reached from here: ${reason}.`,
      'See that the name leads to this server, that its certificate is good and that the port is open. A server behind NAT may not reach its own public address: then ask from another machine.',
    );
  }
}

function judge(url: URL, status: number, code: string | undefined): Finding {
  if (status >= 200 && status < 300) {
    return failed(
      STEP,
      `${url} took an event that nobody has signed for it: anybody can tell the agents of calls that do not exist.`,
      'Set TELNYX_PUBLIC_KEY on that server, and do not let it take unsigned events.',
    );
  }
  if (status === 401 && code !== undefined) {
    return passed(
      STEP,
      `${url} answers, and refuses what Telnyx has not signed. That it takes what Telnyx signs shows with the first call.`,
    );
  }
  if (status === 503 && code !== undefined) {
    return failed(
      STEP,
      `${url} answers, and takes no events (${code}).`,
      'Set TELNYX_PUBLIC_KEY on that server and start it again.',
    );
  }
  if (status >= 300 && status < 400) {
    return failed(
      STEP,
      `${url} leads elsewhere (status ${status}), and Telnyx does not follow.`,
      `Set the address that it leads to (${PORTAL}).`,
    );
  }
  return failed(
    STEP,
    `${url} answers with status ${status}, which is not what this server says.`,
    `See that the address ends in ${ROUTE}, and that no proxy before the server asks for a login or changes the path.`,
  );
}

/** The code in an error of this server's; undefined where something else answered. */
function codeOf(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text);
    return typeof error?.code === 'string' ? error.code : undefined;
  } catch {
    return undefined;
  }
}

/** An event in Telnyx's form, signed with a key that is thrown away. */
function signedSample() {
  const occurred_at = new Date().toISOString();
  const payload = { client_state: null };
  const data = { record_type: 'event', event_type: 'call.doctor', id: randomUUID(), occurred_at, payload };
  const body = JSON.stringify({ data });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const { privateKey } = generateKeyPairSync('ed25519');
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'aq-server doctor',
    'telnyx-signature-ed25519': sign(null, Buffer.from(`${timestamp}|${body}`), privateKey).toString(
      'base64',
    ),
    'telnyx-timestamp': timestamp,
  };
  return { body, headers };
}
