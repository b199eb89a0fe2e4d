/** The diagnosis of the dialer: from the variables to a registered softphone, each step only where it can be looked at. */
import { TelnyxApi } from '../../src/telephony/telnyx-api.ts';
import { examineConnection, findConnection } from './connection.ts';
import { type Examination, failed, passed, skipped } from './finding.ts';
import { examineIceServers } from './ice.ts';
import { examineLogins } from './login.ts';
import { examineNumbers } from './numbers.ts';
import { type Account, adviceFor, type Subject, sentenceOf } from './subject.ts';
import { examineVariables } from './variables.ts';
import { examineWebhook } from './webhook.ts';

export async function* examineTelephony(subject: Subject): Examination {
  yield* examineVariables(subject);
  const account = yield* examineKey(subject);
  const connection = account && (yield* findConnection(account));
  if (account && connection) {
    yield* examineConnection(account, connection);
    yield* examineNumbers(account, connection);
  } else {
    yield skipped('Connection', 'nothing can be said without the API key and a connection.');
  }
  yield* examineIceServers(subject);
  yield* examineLogins(subject, account, connection);
  yield* examineWebhook(subject, connection);
}

async function* examineKey(subject: Subject): Examination<Account | undefined> {
  const step = 'API key';
  const { apiKey, apiUrl } = subject.telephony;
  if (apiKey === undefined) {
    yield skipped(step, 'TELNYX_API_KEY is not set.');
    return undefined;
  }
  const api = new TelnyxApi({ url: apiUrl, apiKey, timeoutMs: subject.timeoutMs });
  try {
    await api.checkKey();
  } catch (error) {
    yield failed(step, `${sentenceOf(error)}.`, adviceFor(error));
    return undefined;
  }
  yield passed(step, 'Telnyx accepts it.');
  return { ...subject, api };
}
