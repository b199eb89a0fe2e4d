/** The connection that softphones log in to: whether it exists, and is set up for what they do. */
import type { Connection, TelnyxApi } from '../../src/telephony/telnyx-api.ts';
import { advice, type Examination, type Finding, failed, passed, skipped } from './finding.ts';
import { type Account, adviceFor, sentenceOf } from './subject.ts';

const STEP = 'Connection';
const PORTAL = 'portal: Voice, SIP Connections, the connection';
/** What a browser and a phone have in common, as Telnyx names it. */
const CODECS = ['OPUS', 'G711U', 'G711A', 'G722'];

/** The connection that the chosen way of a login leads to. */
export async function* findConnection(account: Account): Examination<Connection | undefined> {
  const { api, telephony } = account;
  const { connectionId, credentialId, username, login } = telephony;
  const byToken = login.way !== 'credentials';
  try {
    if (byToken && connectionId !== undefined) return await api.getConnection(connectionId);
    if (byToken && credentialId !== undefined) return yield* connectionOfCredential(api, credentialId);
    if (username === undefined) return undefined;
    const found = await api.findConnection(username);
    if (!found) {
      yield failed(
        STEP,
        `no credential connection has the user name ${username}.`,
        'Compare TELNYX_WEBRTC_USERNAME with the connection’s Authentication in the portal.',
      );
    }
    return found;
  } catch (error) {
    yield failed(STEP, `${sentenceOf(error)}.`, adviceFor(error));
    return undefined;
  }
}

async function* connectionOfCredential(api: TelnyxApi, id: string): Examination<Connection | undefined> {
  const credential = await api.getCredential(id);
  if (credential.expired) {
    yield failed(
      'Credential',
      `it ended ${credential.expires_at ?? ''}.`,
      'Make another one, and put its id into TELNYX_TELEPHONY_CREDENTIAL_ID.',
    );
    return undefined;
  }
  yield passed('Credential', 'it exists, and has not ended.');
  const connectionId = /^connection:(.+)$/.exec(credential.resource_id ?? '')?.[1];
  return connectionId === undefined ? undefined : api.getConnection(connectionId);
}

export async function* examineConnection({ api }: Account, connection: Connection): Examination {
  const name = connection.connection_name ?? connection.id;
  yield connection.active === false
    ? failed(STEP, `“${name}” is switched off.`, `Switch it on (${PORTAL}).`)
    : passed(STEP, `“${name}” exists and is active.`);
  yield examineInbound(connection);
  yield* examineOutbound(api, connection);
  yield examineCodecs(connection);
  yield connection.dtmf_type === 'RFC 2833'
    ? passed('DTMF', 'keys go as RFC 2833, which browsers send.')
    : failed(
        'DTMF',
        `keys go as ${connection.dtmf_type}, which browsers do not send.`,
        `Set it to RFC 2833 (${PORTAL}).`,
      );
  yield connection.webhook_api_version === '2'
    ? passed('Webhook version', 'events come as API version 2.')
    : failed(
        'Webhook version',
        'events come as API version 1, which is not read here.',
        `Set it to API v2 (${PORTAL}).`,
      );
}

function examineInbound({ inbound }: Connection): Finding {
  return inbound?.channel_limit === 0
    ? failed('Incoming calls', 'none may come in: the channel limit is 0.', `Raise it (${PORTAL}, Inbound).`)
    : passed('Incoming calls', `may come in${limitOf(inbound?.channel_limit)}.`);
}

async function* examineOutbound(api: TelnyxApi, { outbound }: Connection): Examination {
  const step = 'Outgoing calls';
  const profileId = outbound?.outbound_voice_profile_id;
  if (!profileId) {
    yield failed(
      step,
      'none may go out: the connection has no outbound voice profile.',
      'Make one (portal: Voice, Outbound Voice Profiles) and choose it in the connection, Outbound.',
    );
    return;
  }
  if (outbound.channel_limit === 0) {
    yield failed(step, 'none may go out: the channel limit is 0.', `Raise it (${PORTAL}, Outbound).`);
    return;
  }
  yield await examineProfile(api, profileId, limitOf(outbound.channel_limit));
  if (outbound.call_parking_enabled) {
    yield advice(
      step,
      'they are parked: each waits until a backend says by API what becomes of it.',
      `Switch call parking off where no backend does that (${PORTAL}, Outbound).`,
    );
  }
}

async function examineProfile(api: TelnyxApi, id: string, limit: string): Promise<Finding> {
  const step = 'Outgoing calls';
  try {
    const profile = await api.getOutboundProfile(id);
    const name = profile.name ?? id;
    return profile.enabled === false
      ? failed(
          step,
          `none may go out: the profile “${name}” is off.`,
          'Switch it on (portal: Voice, Outbound Voice Profiles).',
        )
      : passed(step, `may go out by the profile “${name}”${limit}.`);
  } catch (error) {
    return skipped(step, `the outbound voice profile cannot be read: ${sentenceOf(error)}.`);
  }
}

function examineCodecs({ inbound }: Connection): Finding {
  const offered = inbound?.codecs ?? [];
  const common = offered.filter((codec) => CODECS.includes(codec.toUpperCase()));
  if (offered.length === 0) return passed('Codecs', 'Telnyx chooses among its own.');
  return common.length > 0
    ? passed('Codecs', `browsers speak ${common.join(', ')}.`)
    : failed('Codecs', `browsers speak none of ${offered.join(', ')}.`, `Add G711U (${PORTAL}, Inbound).`);
}

function limitOf(limit: number | null | undefined): string {
  return limit ? `, ${limit} at a time` : '';
}
