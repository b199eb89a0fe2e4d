/** The variables of the dialer: what it needs of Telnyx. What each one means stands in `.env.example`. */
import { PASSWORD, SHARED_SECRET } from '../auth/weak-secrets.ts';
import type { EnvReader } from '../lib/env-reader.ts';
import { parseStunUrl, parseTurnUrl } from '../lib/ice-url.ts';
import type { IceServerInfo } from '../protocol/model.ts';
import {
  chooseLogin,
  type LoginChoice,
  type LoginVariables,
  type LoginWay,
} from '../telephony/login-choice.ts';
import { isProduction } from './environment.ts';
import { checkSecret } from './secrets.ts';

export interface TelephonyConfig extends LoginVariables {
  /** The base of Telnyx's REST API, without a slash at its end. */
  readonly apiUrl: string;
  /** Where softphones open their WebSocket. */
  readonly rtcUrl: string;
  /** What softphones log in with, or why they cannot. */
  readonly login: LoginChoice;
  /** What is wrong with the variables, a sentence each; softphones cannot log in then. */
  readonly faults: readonly string[];
  /** The variables of logins that are set and not used. */
  readonly unused: readonly string[];
  readonly apiKey: string | undefined;
  /** Of webhooks: base64 of the 32 bytes of an Ed25519 key. */
  readonly publicKey: string | undefined;
  /** Whether webhooks need no signature; in development only, and without a public key. */
  readonly unsignedWebhooks: boolean;
  /** The one credential of all agents; undefined where `connectionId` is set. */
  readonly credentialId: string | undefined;
  /** The connection in which each agent gets a credential of their own. */
  readonly connectionId: string | undefined;
  /** SIP credentials, for softphones that log in with them. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The numbers that agents may call from, in E.164. */
  readonly fromNumbers: readonly string[];
  /** Addresses as RTCIceServer has them. */
  readonly stunServers: readonly string[];
  readonly turnServers: readonly Required<IceServerInfo>[];
  /** Where the variables name servers; undefined leaves the choice to Telnyx's SDK. */
  readonly iceServers: readonly IceServerInfo[] | undefined;
  /** How often a softphone checks that Telnyx still has it. */
  readonly checkSeconds: number;
}

/** Telnyx's own servers, as its browser SDK has them; the name and password are public constants there. */
const STUN_SERVERS = 'stun:stun.telnyx.com:3478';
const TURN_SERVERS = [
  'turn:turn.telnyx.com:3478?transport=udp',
  'turn:turn.telnyx.com:3478?transport=tcp',
] as const;
const TURN_USERNAME = 'testuser';
const TURN_PASSWORD = 'testpassword';

/** @param read whose faults are those of the dialer alone: they end up in the configuration, and keep no room from starting */
export function readTelephony(read: EnvReader): TelephonyConfig {
  const settings = {
    apiUrl: readUrl(read, 'TELNYX_API_URL', 'https://api.telnyx.com/v2', ['https:', 'http:']),
    rtcUrl: readUrl(read, 'TELNYX_RTC_URL', 'wss://rtc.telnyx.com', ['wss:', 'ws:']),
    publicKey: readPublicKey(read),
    unsignedWebhooks: readUnsigned(read),
    fromNumbers: read.list('TELNYX_FROM_NUMBERS', 'is no number such as +15551234567', parseNumber),
    ...readIceServers(read),
    checkSeconds: read.integer('TELNYX_CHECK_SECONDS', 300, 1, 86_400),
  };
  return { ...settings, ...readLogin(read), faults: Object.freeze(read.faults) };
}

const LOGIN_VARIABLES = {
  credentialId: 'TELNYX_TELEPHONY_CREDENTIAL_ID',
  connectionId: 'TELNYX_WEBRTC_CONNECTION_ID',
  username: 'TELNYX_WEBRTC_USERNAME',
  password: 'TELNYX_WEBRTC_PASSWORD',
} as const;

const KEYS = ['credentialId', 'connectionId', 'username', 'password'] as const;

type Login = Pick<TelephonyConfig, 'login' | 'unused' | keyof LoginVariables>;

/** To be read last: whatever is wrong with the other variables keeps softphones from logging in. */
function readLogin(read: EnvReader): Login {
  const ways = ['token', 'credentials'] as const;
  const wanted = read.text('TELNYX_LOGIN') ? read.oneOf<LoginWay>('TELNYX_LOGIN', ways, 'token') : undefined;
  const set = {
    apiKey: readToken(read, 'TELNYX_API_KEY'),
    credentialId: readId(read, LOGIN_VARIABLES.credentialId),
    connectionId: readId(read, LOGIN_VARIABLES.connectionId),
    username: readToken(read, LOGIN_VARIABLES.username),
    password: read.text(LOGIN_VARIABLES.password),
  };
  const used = { ...set };
  if (wanted === 'token') used.username = used.password = undefined;
  if (wanted === 'credentials') used.credentialId = used.connectionId = undefined;
  if (used.connectionId !== undefined) used.credentialId = undefined;
  checkSecret(read, 'TELNYX_API_KEY', used.apiKey, SHARED_SECRET);
  checkSecret(read, LOGIN_VARIABLES.password, used.password, PASSWORD);
  const unused = KEYS.filter((key) => set[key] !== used[key]).map((key) => LOGIN_VARIABLES[key]);
  const login = read.faults.length > 0 ? offFor(read.faults) : chooseLogin(used, wanted);
  return { ...used, login, unused };
}

/** Names the variables and nothing else, as everybody may read the reason. */
function offFor(faults: readonly string[]): LoginChoice {
  const names = [...new Set(faults.map((fault) => fault.split(' ', 1).join()))];
  return { way: 'off', reason: `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} wrong` };
}

/** What is wrong with it is said without its value, in which there may be a password. */
function readUrl(read: EnvReader, name: string, fallback: string, schemes: readonly string[]): string {
  const text = read.text(name)?.trim();
  if (!text) return fallback;
  const url = parseUrl(text, schemes);
  if (url === undefined) {
    read.fault(name, `must be a URL with ${schemes.join(' or ')} and without a user, a query and a fragment`);
  }
  return url ?? fallback;
}

type IceServers = Pick<TelephonyConfig, 'stunServers' | 'turnServers' | 'iceServers'>;

function readIceServers(read: EnvReader): IceServers {
  const stun = readServers(read, 'TELNYX_STUN_SERVERS', 'stun:host:3478', parseStunUrl);
  const turn = readServers(read, 'TELNYX_TURN_SERVERS', 'turn:host:3478?transport=udp', parseTurnUrl);
  const stunServers = stun ?? [STUN_SERVERS];
  const turnServers = turn?.length === 0 ? [] : [readTurnServer(read, turn)];
  const named = [...stunServers.map((url) => ({ urls: [url] })), ...turnServers];
  return {
    stunServers: Object.freeze(stunServers),
    turnServers: Object.freeze(turnServers),
    iceServers: stun || turn ? Object.freeze(named) : undefined,
  };
}

/** The servers that are named; none of them for "none", and undefined for an empty variable. */
function readServers(
  read: EnvReader,
  name: string,
  example: string,
  parse: (item: string) => string | undefined,
): readonly string[] | undefined {
  if (read.text(name)?.trim() === 'none') return [];
  const servers = read.list(name, `is no address such as ${example}`, parse);
  return servers.length > 0 ? servers : undefined;
}

/** @param urls undefined for Telnyx's own server, whose name and password are known */
function readTurnServer(read: EnvReader, urls: readonly string[] | undefined): Required<IceServerInfo> {
  const username = read.text('TELNYX_TURN_USERNAME') ?? (urls ? '' : TURN_USERNAME);
  const credential = read.text('TELNYX_TURN_PASSWORD') ?? (urls ? '' : TURN_PASSWORD);
  if (urls && (username === '' || credential === '')) {
    read.fault('TELNYX_TURN_SERVERS', 'needs TELNYX_TURN_USERNAME and TELNYX_TURN_PASSWORD beside it');
  }
  if (urls && credential !== '') checkSecret(read, 'TELNYX_TURN_PASSWORD', credential, PASSWORD);
  return { urls: [...(urls ?? TURN_SERVERS)], username, credential };
}

/** What goes into a header or an address: a space in it, as after a careless copy, is a fault and not a failure later. */
function readToken(read: EnvReader, name: string): string | undefined {
  const text = read.text(name)?.trim();
  if (!text) return undefined;
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  read.fault(name, 'must be one word of printable ASCII');
  return undefined;
}

/** What stands in the path of a request. */
function readId(read: EnvReader, name: string): string | undefined {
  const text = read.text(name)?.trim();
  if (!text) return undefined;
  if (/^[\w-]{1,128}$/.test(text)) return text;
  read.fault(name, 'must have letters, digits and hyphens only');
  return undefined;
}

function readPublicKey(read: EnvReader): string | undefined {
  const text = read.text('TELNYX_PUBLIC_KEY')?.trim();
  if (!text) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 32 && bytes.toString('base64') === text) return text;
  read.fault('TELNYX_PUBLIC_KEY', 'must be the base64 of 32 bytes, as the portal shows it');
  return undefined;
}

function readUnsigned(read: EnvReader): boolean {
  const name = 'TELNYX_WEBHOOK_UNSIGNED';
  if (read.oneOf(name, ['true', 'false'], 'false') === 'false') return false;
  if (isProduction(read)) {
    read.fault(name, 'must not be set in production, where anybody could send events');
    return false;
  }
  if (read.text('TELNYX_PUBLIC_KEY')) {
    read.fault(name, 'must not be set beside TELNYX_PUBLIC_KEY, with which all are checked');
    return false;
  }
  return true;
}

/** A URL with one of these schemes and without user, query and fragment; without a slash at its end. */
function parseUrl(text: string, schemes: readonly string[]): string | undefined {
  const url = URL.parse(text);
  if (!url || !schemes.includes(url.protocol) || url.username || url.password || url.search || url.hash)
    return undefined;
  return url.href.replace(/\/+$/, '');
}

/** E.164: at most 15 digits, the first of them not 0. */
function parseNumber(text: string): string | undefined {
  return /^\+[1-9]\d{1,14}$/.test(text) ? text : undefined;
}
