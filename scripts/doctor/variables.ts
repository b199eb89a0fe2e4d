/** Which variables are set, and what is missing without the others. */
import { advice, type Examination, failed, passed } from './finding.ts';
import type { Subject } from './subject.ts';

const STEP = 'Variables';

export async function* examineVariables({ telephony, faults }: Subject): Examination {
  let good = true;
  const missing = (says: string, next: string) => {
    good = false;
    return failed(STEP, says, next);
  };
  for (const fault of faults) yield missing(`${fault}.`, 'Mend it in .env or in the environment.');
  const { apiKey, credentialId, connectionId, username, password, publicKey, fromNumbers } = telephony;
  const sip = username !== undefined && password !== undefined;
  if (apiKey === undefined) {
    yield missing(
      'TELNYX_API_KEY is not set.',
      'Take one from the portal: Account settings, Keys & Credentials.',
    );
  }
  if (credentialId === undefined && connectionId === undefined && !sip) {
    yield missing(
      'there is nothing that a softphone could log in with.',
      'Set TELNYX_WEBRTC_CONNECTION_ID to the id of a credential connection (portal: Voice, SIP Connections).',
    );
  }
  if ((username === undefined) !== (password === undefined)) {
    yield missing(
      `${username === undefined ? 'TELNYX_WEBRTC_USERNAME' : 'TELNYX_WEBRTC_PASSWORD'} is not set, and the other is.`,
      'Set both, as the portal shows them (SIP Connections, the connection, Authentication), or none.',
    );
  }
  if (publicKey === undefined) {
    yield missing(
      'TELNYX_PUBLIC_KEY is not set: no call event is accepted.',
      'Take it from the portal: Account settings, Keys & Credentials, Public Key.',
    );
  }
  if (good) yield passed(STEP, 'all that is needed is set.');
  if (fromNumbers.length === 0) {
    yield advice(
      STEP,
      'TELNYX_FROM_NUMBERS is empty: agents cannot choose a number to call from.',
      'List some.',
    );
  }
}
