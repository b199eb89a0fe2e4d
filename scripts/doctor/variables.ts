/** Which variables are set, and what is missing without the others. */
import type { TelephonyConfig } from '../../src/config/telephony.ts';
import { advice, type Examination, failed, passed } from './finding.ts';
import type { Subject } from './subject.ts';

const STEP = 'Variables';
/** Telnyx takes passwords of 8 characters, with which others could make calls on the account. */
const GOOD_PASSWORD_LENGTH = 32;

export async function* examineVariables({ telephony }: Subject): Examination {
  let good = true;
  const missing = (says: string, next: string) => {
    good = false;
    return failed(STEP, says, next);
  };
  const { login, faults, publicKey, fromNumbers } = telephony;
  for (const fault of faults) yield missing(`${fault}.`, 'Correct it in .env or in the environment.');
  if (faults.length === 0 && login.way === 'off') {
    yield missing(
      `${login.reason}.`,
      'Set it as the portal shows it, or choose the other way with TELNYX_LOGIN=token or TELNYX_LOGIN=credentials.',
    );
  }
  if (login.way === 'none') {
    yield missing(
      'there is nothing that a softphone could log in with.',
      'Set TELNYX_API_KEY (portal: Account settings, Keys & Credentials) and TELNYX_WEBRTC_CONNECTION_ID, the id of a credential connection (portal: Voice, SIP Connections).',
    );
  }
  if (publicKey === undefined) {
    yield missing(
      'TELNYX_PUBLIC_KEY is not set: no call event is accepted.',
      'Take it from the portal: Account settings, Keys & Credentials, Public Key.',
    );
  }
  if (good) yield passed(STEP, `all that is needed is set: ${wayOf(telephony)}.`);
  yield* examinePassword(telephony);
  if (fromNumbers.length === 0) {
    yield advice(
      STEP,
      'TELNYX_FROM_NUMBERS is empty: agents cannot choose a number to call from.',
      'List some.',
    );
  }
}

function wayOf({ login, unused }: TelephonyConfig): string {
  const chosen =
    'chosenBy' in login && login.chosenBy === 'TELNYX_LOGIN' ? 'as TELNYX_LOGIN says' : 'by default';
  const way = login.way === 'credentials' ? 'SIP credentials' : 'login tokens';
  const rest =
    unused.length > 0 ? ` (${unused.join(' and ')} ${unused.length > 1 ? 'are' : 'is'} not used)` : '';
  return `softphones log in with ${way}, ${chosen}${rest}`;
}

async function* examinePassword({ login, password = '' }: TelephonyConfig): Examination {
  if (login.way !== 'credentials' || password.length >= GOOD_PASSWORD_LENGTH) return;
  yield advice(
    STEP,
    `TELNYX_WEBRTC_PASSWORD has fewer than ${GOOD_PASSWORD_LENGTH} characters: whoever guesses it makes calls on your account.`,
    'Make a longer one, as with "openssl rand -hex 32", and set it in the portal too (SIP Connections, the connection, Authentication).',
  );
}
