/** The environment as one frozen Config. What each variable means stands in `.env.example`. */
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { type AudioConfig, readAudio } from './config/audio.ts';
import { type AuthConfig, readAuth } from './config/auth.ts';
import { type CostsConfig, readCosts } from './config/costs.ts';
import { type Environment, readEnvironment } from './config/environment.ts';
import { type DrainConfig, type LoadLimits, readDrain, readLoadLimits } from './config/load.ts';
import { type MetricsConfig, readMetrics } from './config/metrics.ts';
import { findMisspelt } from './config/misspelt.ts';
import { type RoomsConfig, readRooms } from './config/rooms.ts';
import { isSameAddress, parseServerAddress } from './config/server-address.ts';
import { readTelephony, type TelephonyConfig } from './config/telephony.ts';
import { readTls, type TlsConfig } from './config/tls.ts';
import { readTurn, type TurnConfig } from './config/turn.ts';
import { readWebhooks, type WebhooksConfig } from './config/webhooks.ts';
import { type Env, EnvReader } from './lib/env-reader.ts';
import { LOG_LEVELS, type LogLevel } from './lib/logger.ts';
import { VIDEO_CODECS, type VideoCodec } from './protocol/constants.ts';

export interface Config {
  readonly environment: Environment;
  /** Problems that do not keep the server from starting, one sentence each, without values. */
  readonly warnings: readonly string[];
  readonly logLevel: LogLevel;
  /** The folder of the database, absolute or in the project's. */
  readonly dataDir: string;
  /** How long lines of the audit are kept. */
  readonly auditDays: number;
  readonly server: {
    /** What to bind; undefined is each address of the machine. */
    readonly host: string | undefined;
    readonly port: number;
    /** The longest headers of a request, with its target. */
    readonly maxHeaderBytes: number;
    /** How long a client may take for the headers of a request. */
    readonly headerTimeoutMs: number;
    /** The sources of CSP's `frame-ancestors`, with single quotes where CSP has them. */
    readonly frameAncestors: string;
    /** The server's address for browsers, without a path; undefined where requests tell it. */
    readonly publicUrl: string | undefined;
  };
  readonly tls: TlsConfig;
  readonly metrics: MetricsConfig;
  readonly auth: AuthConfig;
  readonly media: {
    /** An IP address; undefined is each address of the machine. */
    readonly listenAddress: string | undefined;
    /** An IP address or a host name. */
    readonly announcedAddress: string | undefined;
    /** The port of the first worker, the next has the next; 0 is a free one for each. */
    readonly port: number;
    readonly workers: number;
    /** What clients publish video with, where they can. */
    readonly videoCodec: VideoCodec;
  };
  readonly socket: {
    readonly pingIntervalMs: number;
    readonly joinTimeoutMs: number;
    readonly maxMessageBytes: number;
    readonly maxBufferedBytes: number;
    readonly messagesPerSecond: number;
    readonly messageBurst: number;
    readonly maxQueuedRequests: number;
    /** How long a peer is kept whose socket is gone. */
    readonly graceMs: number;
    readonly maxKeptEvents: number;
  };
  readonly limits: AudioConfig & {
    readonly maxRooms: number;
    readonly maxPeersPerRoom: number;
    /** In rooms with more peers than this, those who only watch are told to the others as a number. */
    readonly watchersListedUpTo: number;
    readonly duplicateUser: 'allow' | 'replace' | 'reject';
    readonly maxProducersPerPeer: number;
    readonly maxConsumersPerPeer: number;
    /** Peers that come when a worker has so many consumers go to another worker, if there is one with fewer. */
    readonly maxConsumersPerWorker: number;
    readonly maxVideoConsumersPerPeer: number;
    readonly maxDataProducersPerPeer: number;
    /** In bits per second. */
    readonly maxOutgoingBitrate: number;
    /** In bits per second. */
    readonly maxIncomingBitrate: number;
    readonly maxPeersPerUser: number;
    /** 0 is any number. */
    readonly maxPeersPerAddress: number;
    readonly costs: CostsConfig;
    readonly maxWaiting: number;
    readonly maxWaitingPerUser: number;
    /** Of `/ws`. */
    readonly maxSocketsPerAgent: number;
    readonly connectionsPerMinute: number;
    /** Of HTTP, for each client network. */
    readonly requestsPerMinute: number;
    /** Of HTTP with a token, for each user. */
    readonly userRequestsPerMinute: number;
    /** Of the backends' API, for each key. */
    readonly apiRequestsPerMinute: number;
    readonly webhooksPerMinute: number;
  };
  readonly load: LoadLimits;
  readonly drain: DrainConfig;
  readonly rooms: RoomsConfig;
  readonly turn: TurnConfig;
  readonly telephony: TelephonyConfig;
  readonly webhooks: WebhooksConfig;
}

/** All that is wrong with the environment, a sentence each. None has a value of a variable. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the configuration has faults:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

const DAY_SECONDS = 86_400;
const MIN_SECRET_LENGTH = 8;

/**
 * Reads the configuration. Variables that it does not know are ignored, with a warning where one is misspelt; empty ones
 * are as if they were not set.
 * @param inFile the names of the variables that are in `.env`
 * @throws ConfigError with all faults at once
 */
export function loadConfig(env: Env, inFile: readonly string[] = []): Config {
  const read = new EnvReader(env);
  const parts = readParts(read);
  checkPorts(parts, read);
  if (read.faults.length > 0) throw new ConfigError(read.faults);
  for (const part of Object.values(parts)) Object.freeze(part);
  const misspelt = findMisspelt({ known: read.names, inFile, inProcess: Object.keys(env) });
  return Object.freeze({ ...parts, warnings: Object.freeze([...read.warnings, ...misspelt]) });
}

function readParts(read: EnvReader): Omit<Config, 'warnings'> {
  return {
    environment: readEnvironment(read),
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    dataDir: read.text('DATA_DIR') ?? 'data',
    auditDays: read.integer('AUDIT_DAYS', 90, 1, 3660),
    server: readServer(read),
    tls: readTls(read),
    metrics: readMetrics(read),
    auth: readAuth(read),
    media: readMedia(read),
    socket: readSocket(read),
    limits: readLimits(read),
    load: readLoadLimits(read),
    drain: readDrain(read),
    rooms: readRooms(read),
    turn: readTurn(read),
    // Of its own: what is wrong there keeps the dialer off, and the rooms start.
    telephony: readTelephony(read.withOwnFaults()),
    webhooks: readWebhooks(read),
  };
}

/** The secrets of a configuration: texts that must not reach the log. Those of a few letters may be words, and are not among them. */
export function secretsOf({ auth, metrics, turn, telephony, webhooks }: Config): string[] {
  const turnAuth = turn.turn?.auth;
  const secrets = [
    auth.secret.secret,
    ...auth.previousSecrets.map(({ secret }) => secret),
    metrics.token,
    turnAuth && ('secret' in turnAuth ? turnAuth.secret : turnAuth.credential),
    telephony.apiKey,
    telephony.password,
    ...webhooks.secrets,
  ];
  return secrets.filter((secret) => secret !== undefined).filter(({ length }) => length >= MIN_SECRET_LENGTH);
}

function readServer(read: EnvReader): Config['server'] {
  return {
    ...read.parsed('SERVER_ADDR', ':8080', 'must be ":port" or "host:port"', parseServerAddress),
    maxHeaderBytes: read.integer('MAX_HEADER_BYTES', 16_384, 10_240, 1_048_576),
    headerTimeoutMs: 1000 * read.integer('HEADER_TIMEOUT', 10, 1, 300),
    frameAncestors: read.parsed(
      'FRAME_ANCESTORS',
      "'none'",
      `must be 'none', or a list of 'self' and origins with spaces between`,
      parseFrameAncestors,
    ),
    publicUrl: read.parsed('PUBLIC_URL', '', 'must be an address as https://example.com', parsePublicUrl).url,
  };
}

function readMedia(read: EnvReader): Config['media'] {
  return {
    listenAddress: read.parsed('MEDIA_LISTEN_ADDRESS', '', 'must be an IP address', parseListenAddress)
      .address,
    announcedAddress: read.parsed(
      'MEDIA_ANNOUNCED_ADDRESS',
      '',
      'must be an IP address or a host name',
      parseAnnouncedAddress,
    ).address,
    port: read.integer('MEDIA_PORT', 40_000, 0, 65_535),
    workers: read.integer('MEDIA_WORKERS', availableParallelism(), 1, 1024),
    videoCodec: read.oneOf('VIDEO_CODEC', VIDEO_CODECS, 'vp8'),
  };
}

function readSocket(read: EnvReader): Config['socket'] {
  return {
    pingIntervalMs: 1000 * read.integer('PING_INTERVAL', 8, 1, 60),
    joinTimeoutMs: 1000 * read.integer('JOIN_TIMEOUT', 600, 1, DAY_SECONDS),
    maxMessageBytes: read.integer('MAX_MESSAGE_BYTES', 65_536, 16_384, 16_777_216),
    maxBufferedBytes: read.integer('MAX_BUFFERED_BYTES', 1_048_576, 65_536, 1_073_741_824),
    messagesPerSecond: read.integer('MESSAGES_PER_SECOND', 50, 1, 10_000),
    messageBurst: read.integer('MESSAGE_BURST', 200, 1, 100_000),
    maxQueuedRequests: read.integer('MAX_QUEUED_REQUESTS', 128, 1, 100_000),
    graceMs: 1000 * read.integer('SESSION_GRACE', 15, 0, 300),
    maxKeptEvents: read.integer('SESSION_EVENTS', 1000, 0, 100_000),
  };
}

function readLimits(read: EnvReader): Config['limits'] {
  return {
    maxRooms: read.integer('MAX_ROOMS', 1000, 1, 1_000_000),
    maxPeersPerRoom: read.integer('MAX_PEERS_PER_ROOM', 200, 1, 100_000),
    watchersListedUpTo: read.integer('WATCHERS_LISTED_UP_TO', 100, 0, 100_000),
    duplicateUser: read.oneOf('DUPLICATE_USER', ['allow', 'replace', 'reject'], 'allow'),
    maxProducersPerPeer: read.integer('MAX_PRODUCERS_PER_PEER', 8, 1, 1000),
    maxConsumersPerPeer: read.integer('MAX_CONSUMERS_PER_PEER', 500, 1, 100_000),
    maxConsumersPerWorker: read.integer('MAX_CONSUMERS_PER_WORKER', 1000, 1, 1_000_000),
    maxVideoConsumersPerPeer: read.integer('MAX_VIDEO_CONSUMERS_PER_PEER', 200, 0, 100_000),
    maxOutgoingBitrate: read.integer('MAX_OUTGOING_BITRATE', 50_000_000, 50_000, 1_000_000_000),
    maxDataProducersPerPeer: read.integer('MAX_DATA_PRODUCERS_PER_PEER', 4, 0, 1000),
    ...readAudio(read),
    maxIncomingBitrate: read.integer('MAX_INCOMING_BITRATE', 20_000_000, 50_000, 1_000_000_000),
    maxPeersPerUser: read.integer('MAX_PEERS_PER_USER', 10, 1, 100_000),
    maxPeersPerAddress: read.integer('MAX_PEERS_PER_ADDRESS', 0, 0, 100_000),
    costs: readCosts(read),
    maxWaiting: read.integer('MAX_WAITING', 2000, 1, 1_000_000),
    maxWaitingPerUser: read.integer('MAX_WAITING_PER_USER', 2, 1, 1000),
    maxSocketsPerAgent: read.integer('MAX_SOCKETS_PER_AGENT', 20, 1, 10_000),
    connectionsPerMinute: read.integer('CONNECTIONS_PER_MINUTE', 600, 1, 1_000_000),
    requestsPerMinute: read.integer('REQUESTS_PER_MINUTE', 600, 1, 1_000_000),
    userRequestsPerMinute: read.integer('USER_REQUESTS_PER_MINUTE', 300, 1, 1_000_000),
    apiRequestsPerMinute: read.integer('API_REQUESTS_PER_MINUTE', 6000, 1, 1_000_000),
    webhooksPerMinute: read.integer('WEBHOOKS_PER_MINUTE', 60_000, 1, 100_000_000),
  };
}

/** Media takes TCP ports beside UDP, so that the ports of the workers must exist and leave out the server's. */
function checkPorts({ server, metrics, media }: Omit<Config, 'warnings'>, read: EnvReader): void {
  const metricsPort = metrics.address?.port;
  if (metrics.address && isSameAddress(metrics.address, server)) {
    read.fault('METRICS_ADDR', 'must have another port than SERVER_ADDR');
  }
  if (media.port === 0) return;
  const last = media.port + media.workers - 1;
  if (last > 65_535)
    read.fault('MEDIA_PORT', `is too high for ${media.workers} workers: the last would have ${last}`);
  if (server.port >= media.port && server.port <= last) {
    read.fault('MEDIA_PORT', `takes ${media.port} to ${last}, and SERVER_ADDR has a port among them`);
  }
  if (metricsPort && metricsPort >= media.port && metricsPort <= last) {
    read.fault('MEDIA_PORT', `takes ${media.port} to ${last}, and METRICS_ADDR has a port among them`);
  }
}

/** CSP level 3 section 6.4.2: keywords and host sources, with nothing in them that would end the directive. */
function parseFrameAncestors(text: string): string | undefined {
  const sources = text
    .split(/\s+/)
    .map((source) => source.replace(/^'?(none|self)'?$/i, "'$1'").toLowerCase());
  const valid = sources.every(
    (source) => source === "'self'" || /^(https?:\/\/)?(\*\.)?[a-z0-9][a-z0-9.-]*(:(\d+|\*))?$/.test(source),
  );
  return valid || (sources.length === 1 && sources[0] === "'none'") ? sources.join(' ') : undefined;
}

/** An origin: the server's paths begin at the root. */
function parsePublicUrl(text: string): { url: string | undefined } | undefined {
  if (text === '') return { url: undefined };
  const url = URL.parse(text);
  const isOrigin = url && /^https?:$/.test(url.protocol) && text.replace(/\/$/, '') === url.origin;
  return isOrigin ? { url: url.origin } : undefined;
}

/** The wildcards of both families stand for each address, which is what an empty one is too. */
function parseListenAddress(text: string): { address: string | undefined } | undefined {
  if (text === '' || text === '0.0.0.0' || text === '::') return { address: undefined };
  return isIP(text) ? { address: text } : undefined;
}

/** RFC 1123 section 2.1 for host names; a last label of digits alone would be a mistyped address. */
function parseAnnouncedAddress(text: string): { address: string | undefined } | undefined {
  if (text === '') return { address: undefined };
  const hostName = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i;
  return isIP(text) || (text.length <= 253 && hostName.test(text)) ? { address: text } : undefined;
}
