/** What Telnyx keeps of an account, in the shapes in which its REST API shows it. */
import { randomBytes, randomUUID } from 'node:crypto';

export interface Credential {
  id: string;
  record_type: 'credential';
  name: string;
  expired: boolean;
  user_id: string;
  resource_id: string;
  sip_username: string;
  sip_password: string;
  created_at: string;
  updated_at: string;
  expires_at: string;
}

export interface Connection {
  id: string;
  record_type: 'credential_connection';
  active: boolean;
  connection_name: string;
  user_name: string;
  password: string;
  dtmf_type: 'RFC 2833' | 'Inband' | 'SIP INFO';
  encrypted_media: 'SRTP' | null;
  sip_uri_calling_preference: 'disabled' | 'unrestricted' | 'internal';
  webhook_api_version: '1' | '2';
  webhook_event_url: string;
  webhook_timeout_secs: number | null;
  inbound: { codecs: string[]; channel_limit: number | null };
  outbound: {
    outbound_voice_profile_id: string | null;
    channel_limit: number | null;
    call_parking_enabled: boolean;
  };
}

export interface OutboundVoiceProfile {
  id: string;
  record_type: 'outbound_voice_profile';
  name: string;
  enabled: boolean;
  whitelisted_destinations: string[];
}

export interface PhoneNumber {
  id: string;
  record_type: 'phone_number';
  phone_number: string;
  status: string;
  connection_id: string | null;
  connection_name: string | null;
}

export function makeCredential(given: {
  connection_id: string;
  name?: string;
  expires_at?: string;
}): Credential {
  const now = new Date();
  return {
    id: randomUUID(),
    record_type: 'credential',
    name: given.name ?? now.toISOString().replace('T', ' '),
    expired: false,
    user_id: 'user-id',
    resource_id: `connection:${given.connection_id}`,
    sip_username: `gencred${randomBytes(12).toString('hex')}`,
    sip_password: randomBytes(16).toString('hex'),
    // Telnyx leaves the zone out here, and means UTC.
    created_at: now.toISOString().slice(0, 19),
    updated_at: now.toISOString(),
    expires_at: given.expires_at ?? '2042-06-18T21:32:38',
  };
}

export function makeConnection(given: Partial<Connection> = {}): Connection {
  const id = given.id ?? randomDigits();
  return {
    id,
    record_type: 'credential_connection',
    active: true,
    connection_name: `connection ${id}`,
    user_name: 'agentuser',
    password: 'a password of the connection, long enough',
    dtmf_type: 'RFC 2833',
    encrypted_media: null,
    sip_uri_calling_preference: 'disabled',
    webhook_api_version: '2',
    webhook_event_url: '',
    webhook_timeout_secs: null,
    inbound: { codecs: ['G722', 'G711U', 'G711A'], channel_limit: null },
    outbound: { outbound_voice_profile_id: 'profile-1', channel_limit: null, call_parking_enabled: false },
    ...given,
  };
}

export function makeNumber(phone_number: string, connection: Connection | undefined): PhoneNumber {
  return {
    id: randomDigits(),
    record_type: 'phone_number',
    phone_number,
    status: 'active',
    connection_id: connection?.id ?? null,
    connection_name: connection?.connection_name ?? null,
  };
}

/** Telnyx's ids of connections and numbers have 19 digits: more than a JavaScript number holds. */
function randomDigits(): string {
  return `1${BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString()
    .padStart(18, '0')
    .slice(0, 18)}`;
}
