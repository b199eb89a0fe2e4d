/** The floors of the server, from the ground up. Each function makes the parts of one floor, and defers their end. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { clientAddress, createAddressSet } from './auth/addresses.ts';
import { ApiKeys } from './auth/api-keys.ts';
import { createAuthorization } from './auth/authorization.ts';
import type { Identity } from './auth/claims.ts';
import { CutOffs } from './auth/cut-offs.ts';
import { Invitations } from './auth/invitations.ts';
import { createOriginPolicy } from './auth/origins.ts';
import { TokenRegister } from './auth/token-register.ts';
import { createTokenVerifier } from './auth/tokens.ts';
import { createUserTypeCheck } from './auth/user-types.ts';
import { Availability } from './availability.ts';
import type { Config } from './config.ts';
import type { CloseStack } from './lib/close-stack.ts';
import { ErrorRate } from './lib/error-rate.ts';
import type { Journal } from './lib/journal.ts';
import type { Logger } from './lib/logger.ts';
import { Metrics } from './lib/metrics.ts';
import { TimeSlices } from './lib/time-slices.ts';
import { preferVideoCodec } from './media/codecs.ts';
import { pipeListenInfo } from './media/listen-infos.ts';
import { MediaTotals } from './media/media-totals.ts';
import { WorkerMeter } from './media/worker-meter.ts';
import { WorkerPool } from './media/workers.ts';
import { NodeLoad } from './node-load.ts';
import { Costs } from './rooms/costs.ts';
import { journalLine } from './rooms/facts.ts';
import { Lobby } from './rooms/lobby.ts';
import { Moderation } from './rooms/moderation.ts';
import { RoomInvitations } from './rooms/room-invitations.ts';
import { RoomSettings } from './rooms/room-settings.ts';
import { Rooms } from './rooms/rooms.ts';
import { CallGateway } from './signaling/call-gateway.ts';
import { Audit } from './store/audit.ts';
import { Database } from './store/database.ts';
import { FolderLock } from './store/folder-lock.ts';
import { KeptAnswers } from './store/kept-answers.ts';
import { CallEvents } from './telephony/call-events.ts';
import { CallTally } from './telephony/call-tally.ts';
import { createTelephony } from './telephony/telephony.ts';
import { createWebhooks } from './telephony/webhooks.ts';
import { eventOfCall, eventOfJournal, eventOfRoom, eventOfToken } from './webhooks/events.ts';
import { Outbox } from './webhooks/outbox.ts';

/** Where the pages, the built scripts and the data are. */
export interface Folders {
  publicDir: string;
  distDir: string;
  /** Where the database is; without it, it is in memory and ends with the server. */
  dataDir?: string | undefined;
}

/** What each floor is made with. */
export interface Base {
  config: Config;
  logger: Logger;
  folders: Folders;
  /** Takes the end of everything that is opened. */
  closing: CloseStack;
}

export type Store = ReturnType<typeof openStore>;

/** The database, and where facts go: into the audit and the metrics. */
export function openStore({ config, logger, folders, closing }: Base) {
  const lock = folders.dataDir === undefined ? undefined : FolderLock.acquire(folders.dataDir);
  closing.defer(() => lock?.release());
  const database = Database.open({ file: databaseFile(folders), logger });
  closing.defer(() => database.close());
  const audit = new Audit({ database, logger, keepDays: config.auditDays });
  closing.defer(() => audit.close());
  const metrics = new Metrics();
  const listeners = new Set<Journal>();
  const journal: Journal = (fact) => {
    audit.note(fact);
    metrics.note(fact);
    for (const listener of listeners) listener(fact);
  };
  const onFact = (listener: Journal) => void listeners.add(listener);
  return { lock, database, audit, metrics, errorRate: new ErrorRate(), journal, onFact };
}

function databaseFile({ dataDir }: Folders): string {
  return dataDir === undefined ? ':memory:' : join(dataDir, 'aq-server.db');
}

export type Webhooks = ReturnType<typeof openOutbox>;

/** Events for backends; without receivers there is no outbox. */
export function openOutbox({ config, logger, database, journal, onFact, closing }: Base & Store) {
  if (config.webhooks.urls.length === 0) return { outbox: undefined };
  const outbox = new Outbox({ ...config.webhooks, database, journal, logger });
  closing.defer(() => outbox.close());
  onFact((fact) => outbox.add(eventOfJournal(fact)));
  return { outbox };
}

export type Auth = ReturnType<typeof openAuth>;

/** Who may come, and from where. */
export function openAuth({ config, logger, database, journal, closing }: Base & Store) {
  const cutOffs = new CutOffs(database, {
    maxTtlSeconds: config.auth.tokenMaxTtlSeconds,
    clockToleranceSeconds: config.auth.clockToleranceSeconds,
    maxBans: config.rooms.maxBans,
  });
  closing.defer(() => cutOffs.close());
  const tokenRegister = new TokenRegister({ database, ...config.auth });
  closing.defer(() => tokenRegister.close());
  const assertNotCutOff = (identity: Identity) => {
    cutOffs.check(identity);
    tokenRegister.check(identity);
  };
  const origins = createOriginPolicy(config.auth);
  const tokens = createVerifier(config);
  const proxies = createAddressSet(config.auth.trustedProxies);
  const { tokenMaxTtlSeconds } = config.auth;
  const invitations = new Invitations({ database, tokenRegister, tokenMaxTtlSeconds });
  closing.defer(() => invitations.close());
  const keptAnswers = new KeptAnswers(database);
  closing.defer(() => keptAnswers.close());
  return {
    ...createAuthorization({
      tokens,
      origins,
      assertNotCutOff,
      journal,
      checkUserType: createUserTypeCheck(logger),
    }),
    origins,
    cutOffs,
    tokenRegister,
    apiKeys: new ApiKeys(database),
    keptAnswers,
    invitations,
    proxies,
    assertNotCutOff,
    addressOf: ({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>) =>
      clientAddress(socket.remoteAddress, headers['x-forwarded-for'], proxies),
  };
}

/** How often the statistics of media are read for the metrics, in milliseconds. */
const SAMPLING_INTERVAL_MS = 10_000;

export type Media = Awaited<ReturnType<typeof openMedia>>;

/** The media workers, and what their routers can do, with a hash that changes when that does. */
export async function openMedia({ config, logger, closing }: Base) {
  const totals = new MediaTotals();
  const workers = await WorkerPool.open({
    count: config.media.workers,
    listen: config.media,
    onStarted: (worker) => totals.watch(worker),
    logger,
  });
  const sampling = setInterval(() => void totals.sample(), SAMPLING_INTERVAL_MS).unref();
  closing.defer(() => clearInterval(sampling));
  closing.defer(() => workers.close());
  const rtpCapabilities = preferVideoCodec(await workers.capabilities(), config.media.videoCodec);
  const hash = createHash('sha256').update(JSON.stringify(rtpCapabilities)).digest('base64url').slice(0, 16);
  const meter = new WorkerMeter(() => workers.running());
  const load = new NodeLoad({ limits: config.load, workers: meter, logger });
  closing.defer(() => load.close());
  return { workers, totals, load, capabilities: { hash, rtpCapabilities } };
}

export type RoomParts = ReturnType<typeof openRooms>;

/** The rooms, and what hosts and backends do in them. */
export function openRooms(parts: Base & Store & Webhooks & Auth & Media) {
  const { config, logger, database, outbox, cutOffs, tokenRegister, assertNotCutOff } = parts;
  const { workers, load, journal, closing } = parts;
  const settings = new RoomSettings(database, config.rooms);
  const lobby = new Lobby(config.rooms);
  const rooms = new Rooms({
    media: { workers, pipes: pipeListenInfo(config.media), slices: new TimeSlices(), ...config.limits },
    settings,
    lobby,
    assertNotCutOff,
    assertAvailable: (isRoomOpen) => availability.assertAvailable(isRoomOpen),
    limits: config.limits,
    logger,
  });
  closing.defer(() => rooms.close('server_closing'));
  const availability: Availability = new Availability({
    load,
    rooms: () => rooms.size,
    isClosing: () => closing.closing,
    logger,
  });
  closing.defer(() => availability.close());
  rooms.on('fact', (fact) => {
    journal(journalLine(fact));
    outbox?.add(eventOfRoom(fact));
  });
  tokenRegister.on('revoked', (tokens) => {
    for (const token of tokens) outbox?.add(eventOfToken(token));
    for (const room of new Set(tokens.map((token) => token.room))) rooms.closeUnwelcome(room);
  });
  const moderation = new Moderation({ rooms, settings, lobby, cutOffs, journal });
  const roomInvitations = new RoomInvitations(parts.invitations, journal);
  const costs = new Costs(config.limits.costs);
  return { rooms, moderation, roomInvitations, availability, costs };
}

export type Calls = ReturnType<typeof openCalls>;

/** Events of calls: in by webhooks, out by the agents' sockets; and the agents' way to Telnyx. */
export function openCalls({
  config,
  logger,
  database,
  authorize,
  assertNotCutOff,
  cutOffs,
  tokenRegister,
  outbox,
  journal,
  closing,
}: Base & Store & Webhooks & Auth) {
  const events = new CallEvents(database);
  closing.defer(() => events.close());
  events.on('stored', (stored) => {
    for (const event of stored) outbox?.add(eventOfCall(event));
  });
  const tally = new CallTally();
  const webhooks = createWebhooks({ events, tally, journal, logger, ...config.telephony });
  const limits = socketLimits(config);
  const gateway = new CallGateway({ events, tally, authorize, assertNotCutOff, limits, journal, logger });
  cutOffs.on('added', () => gateway.closeUnwelcome());
  tokenRegister.on('revoked', () => gateway.closeUnwelcome());
  const isConnected = (userId: string) => gateway.isConnected(userId);
  const telephony = createTelephony(config.telephony, { database, logger, isConnected });
  const health = () => {
    const { eventsIn, eventsOut, recentErrors: errors } = tally;
    return { agents: gateway.agents, eventsIn, eventsOut, errors };
  };
  return { calls: { events, webhooks, health }, gateway, telephony };
}

function createVerifier({ auth }: Config) {
  return createTokenVerifier({
    ...auth.secret,
    previous: auth.previousSecrets,
    maxTtlSeconds: auth.tokenMaxTtlSeconds,
    clockToleranceSeconds: auth.clockToleranceSeconds,
  });
}

/** The limits of sockets, those of rooms and those of calls. */
export function socketLimits({ socket, limits, auth }: Config) {
  return { ...socket, ...limits, tokenToleranceMs: 1000 * auth.clockToleranceSeconds };
}
