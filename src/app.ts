/** The composition root: makes every part, gives each what it needs, starts them in order and stops them in reverse. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { clientAddress, createAddressSet } from './auth/addresses.ts';
import { type Authorization, createAuthorization } from './auth/authorization.ts';
import { CutOffs } from './auth/cut-offs.ts';
import { createIceServers } from './auth/ice-servers.ts';
import { createOriginPolicy } from './auth/origins.ts';
import { createTokenVerifier, mintToken } from './auth/tokens.ts';
import type { Config } from './config.ts';
import { createHttpServer, listen } from './http/server.ts';
import type { Journal } from './lib/journal.ts';
import type { Logger } from './lib/logger.ts';
import { Metrics } from './lib/metrics.ts';
import { WorkerPool } from './media/workers.ts';
import { Lobby } from './rooms/lobby.ts';
import { Moderation } from './rooms/moderation.ts';
import { RoomSettings } from './rooms/room-settings.ts';
import { Rooms } from './rooms/rooms.ts';
import { CALL_PATH, CallGateway } from './signaling/call-gateway.ts';
import { Door, ROOM_PATH } from './signaling/door.ts';
import { type Entrance, routeUpgrades } from './signaling/upgrades.ts';
import { Audit } from './store/audit.ts';
import { Database } from './store/database.ts';
import { CallEvents } from './telephony/call-events.ts';
import { CallTally } from './telephony/call-tally.ts';
import { createTelephony } from './telephony/telephony.ts';
import { createWebhooks } from './telephony/webhooks.ts';

/** Where the pages, the built scripts and the data are. */
export interface Folders {
  publicDir: string;
  distDir: string;
  /** Where the database is; without it, it is in memory and ends with the server. */
  dataDir?: string | undefined;
}

/** A running server. */
export interface App {
  /** The port that it listens on. */
  readonly port: number;
  readonly rooms: Rooms;
  readonly moderation: Moderation;
  readonly workers: WorkerPool;
  /** Sockets that were accepted, joined or not. */
  sessions(): number;
  /** Tells everyone, closes everything, and resolves when nothing is left. */
  close(): Promise<void>;
}

/** The time over which clients spread their return to a server that was closed, in milliseconds. */
const RETURN_SPREAD_MS = 3000;
/** The time over which agents' sockets are closed, in milliseconds: none is told when to return. */
const CALL_SPREAD_MS = 500;
/** How long a token for the asking lives, in development. */
const DEV_TOKEN_TTL_SECONDS = 24 * 3600;

/** Resolves when everything listens; throws, with nothing left over, if something cannot. */
export async function startApp(config: Config, logger: Logger, folders: Folders): Promise<App> {
  const database = Database.open({ file: databaseFile(folders), logger });
  try {
    const workers = await WorkerPool.open({ count: config.media.workers, listen: config.media, logger });
    try {
      return await compose({ config, logger, folders, database, workers });
    } catch (error) {
      await workers.close();
      throw error;
    }
  } catch (error) {
    database.close();
    throw error;
  }
}

function databaseFile({ dataDir }: Folders): string {
  return dataDir === undefined ? ':memory:' : join(dataDir, 'aq-server.db');
}

/** What `compose` makes the rest of. */
interface Ground {
  config: Config;
  logger: Logger;
  folders: Folders;
  database: Database;
  workers: WorkerPool;
}

async function compose({ config, logger, folders, database, workers }: Ground): Promise<App> {
  const capabilities = await describe(workers);
  const cutOffs = new CutOffs(database, {
    maxTtlSeconds: config.auth.tokenMaxTtlSeconds,
    clockToleranceSeconds: config.auth.clockToleranceSeconds,
    maxBans: config.rooms.maxBans,
  });
  const audit = new Audit({ database, logger, keepDays: config.auditDays });
  const journal: Journal = (fact) => {
    audit.note(fact);
    metrics.note(fact);
  };
  const metrics: Metrics = new Metrics({
    sessions: () => door.sessions,
    peers: () => rooms.peers,
    rooms: () => rooms.size,
    workers: () => workers.pids().length,
    agents: () => calls.gateway.agents,
  });
  const origins = createOriginPolicy(config.auth);
  const tokens = createVerifier(config);
  const { authorize, verifyToken } = createAuthorization({ tokens, origins, cutOffs, journal });
  const proxies = createAddressSet(config.auth.trustedProxies);
  const settings = new RoomSettings(database, config.rooms);
  const lobby = new Lobby(config.rooms);
  const rooms = new Rooms({
    leaseWorker: () => workers.lease(),
    settings,
    lobby,
    assertWelcome: (identity) => cutOffs.check(identity),
    limits: config.limits,
    logger,
  });
  const moderation = new Moderation({ rooms, settings, lobby, cutOffs, journal });
  const addressOf = ({ socket, headers }: IncomingMessage) =>
    clientAddress(socket.remoteAddress, headers['x-forwarded-for'], proxies);
  const door = new Door({
    rooms,
    moderation,
    journal,
    onJoined: (ms) => metrics.joined(ms),
    authorize,
    verifyToken,
    iceServers: createIceServers(config.turn),
    capabilitiesHash: capabilities.hash,
    limits: socketLimits(config),
    logger,
  });
  const calls = createCalls({ config, logger, database, authorize, cutOffs, journal });
  const isConnected = (userId: string) => calls.gateway.isConnected(userId);
  const telephony = createTelephony(config.telephony, { database, logger, isConnected });
  let state: 'starting' | 'healthy' | 'closing' = 'starting';
  const http = createHttpServer({
    logger,
    journal,
    ...config.server,
    origins,
    authorize,
    health: { state: () => state, peers: () => rooms.peers, calls: calls.health },
    metrics: {
      contentType: metrics.contentType,
      text: () => metrics.text(),
      token: config.server.metricsToken,
    },
    capabilities,
    pages: folders,
    telephony: { telephony, settings: config.telephony },
    calls: { ...calls, addressOf },
    ...(config.environment === 'development' && { devToken: devToken(config) }),
  });
  const entrances = new Map<string, Entrance>([
    [ROOM_PATH, door],
    [CALL_PATH, calls.gateway],
  ]);
  routeUpgrades(http.server, { entrances, addressOf, journal, logger });
  const port = await listen(http, config.server);
  state = 'healthy';
  return {
    port,
    rooms,
    moderation,
    workers,
    sessions: () => door.sessions,
    async close() {
      if (state === 'closing') return;
      state = 'closing';
      workers.expectEnd();
      await Promise.all([door.close(RETURN_SPREAD_MS), calls.gateway.close(CALL_SPREAD_MS)]);
      telephony.close();
      await http.close();
      rooms.close('server_closing');
      await workers.close();
      calls.events.close();
      cutOffs.close();
      audit.close();
      database.close();
    },
  };
}

function socketLimits({ socket, limits, auth }: Config) {
  return { ...socket, ...limits, tokenToleranceMs: 1000 * auth.clockToleranceSeconds };
}

interface CallParts {
  config: Config;
  logger: Logger;
  database: Database;
  authorize: Authorization['authorize'];
  cutOffs: CutOffs;
  journal: Journal;
}

/** Events of calls: in by webhooks, out by the agents' sockets. */
function createCalls({ config, logger, database, authorize, cutOffs, journal }: CallParts) {
  const events = new CallEvents(database);
  const tally = new CallTally();
  const webhooks = createWebhooks({ events, tally, journal, logger, ...config.telephony });
  const gateway = new CallGateway({
    events,
    tally,
    authorize,
    assertWelcome: (identity) => cutOffs.check(identity),
    limits: socketLimits(config),
    journal,
    logger,
  });
  const health = () => {
    const { eventsIn, eventsOut, recentErrors: errors } = tally;
    return { agents: gateway.agents, eventsIn, eventsOut, errors };
  };
  return { events, webhooks, gateway, health };
}

function createVerifier({ auth }: Config) {
  return createTokenVerifier({
    ...auth.secret,
    previous: auth.previousSecrets,
    maxTtlSeconds: auth.tokenMaxTtlSeconds,
    clockToleranceSeconds: auth.clockToleranceSeconds,
  });
}

function devToken({ auth }: Config) {
  const ttlSeconds = Math.min(DEV_TOKEN_TTL_SECONDS, auth.tokenMaxTtlSeconds);
  return {
    open: auth.devTokenOpen,
    mint: (subject: Parameters<typeof mintToken>[0]) => mintToken(subject, { ...auth.secret, ttlSeconds }),
  };
}

/** What routers can do, with a hash that changes when that does. */
async function describe(workers: WorkerPool) {
  const rtpCapabilities = await workers.capabilities();
  const hash = createHash('sha256').update(JSON.stringify(rtpCapabilities)).digest('base64url').slice(0, 16);
  return { hash, rtpCapabilities };
}
