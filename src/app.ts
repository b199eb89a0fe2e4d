/** The composition root: makes every part, gives each what it needs, starts them in order and stops them in reverse. */
import { createIceServers } from './auth/ice-servers.ts';
import type { Availability } from './availability.ts';
import type { Config } from './config.ts';
import {
  type Auth,
  type Base,
  type Calls,
  type Folders,
  type Media,
  openAuth,
  openCalls,
  openMedia,
  openOutbox,
  openRooms,
  openStore,
  type RoomParts,
  type Store,
  socketLimits,
  type Webhooks,
} from './floors.ts';
import { createHttpServer, listen } from './http/server.ts';
import type { Certificates } from './http/tls/certificates.ts';
import { openHttps } from './https.ts';
import { CloseStack } from './lib/close-stack.ts';
import type { Logger } from './lib/logger.ts';
import type { WorkerPool } from './media/workers.ts';
import { readingsOf } from './readings.ts';
import type { Moderation } from './rooms/moderation.ts';
import type { Rooms } from './rooms/rooms.ts';
import { createMetricsRoute, createRoutes, type RouteParts } from './routes.ts';
import { CALL_PATH } from './signaling/call-gateway.ts';
import { Door, ROOM_PATH } from './signaling/door.ts';
import { type Entrance, routeUpgrades } from './signaling/upgrades.ts';
import type { Database } from './store/database.ts';
import type { Outbox } from './webhooks/outbox.ts';

/** A running server. */
export interface App {
  /** The port that it listens on. */
  readonly port: number;
  /** The port of the metrics, where they have a listener of their own. */
  readonly metricsPort: number | undefined;
  readonly rooms: Rooms;
  readonly moderation: Moderation;
  readonly workers: WorkerPool;
  readonly availability: Availability;
  readonly database: Database;
  /** Undefined where no receivers of webhooks are configured. */
  readonly outbox: Outbox | undefined;
  /** Sockets that were accepted, joined or not. */
  sessions(): number;
  /** Tells everyone, closes everything, and resolves when nothing is left. */
  close(): Promise<void>;
}

/** The time over which agents' sockets are closed, in milliseconds: none is told when to return. */
const CALL_SPREAD_MS = 500;

/** Resolves when everything listens; throws, with nothing left over, if something cannot. */
export async function startApp(config: Config, logger: Logger, folders: Folders): Promise<App> {
  const closing = new CloseStack();
  try {
    return await openFloors({ config, logger, folders, closing });
  } catch (error) {
    await closing.close().catch((err) => logger.error({ err }, 'a part failed to close'));
    throw error;
  }
}

async function openFloors(base: Base): Promise<App> {
  const store = openStore(base);
  const webhooks = openOutbox({ ...base, ...store });
  const auth = openAuth({ ...base, ...store });
  const media = await openMedia(base);
  const rooms = openRooms({ ...base, ...store, ...webhooks, ...auth, ...media });
  const calls = openCalls({ ...base, ...store, ...webhooks, ...auth });
  const edges = await openEdges({ ...base, ...store, ...webhooks, ...auth, ...media, ...rooms, ...calls });
  return {
    port: edges.port,
    metricsPort: edges.metricsPort,
    rooms: rooms.rooms,
    moderation: rooms.moderation,
    workers: media.workers,
    availability: rooms.availability,
    database: store.database,
    outbox: webhooks.outbox,
    sessions: () => edges.door.sessions,
    close: () => base.closing.close(),
  };
}

type Parts = Base & Store & Webhooks & Auth & Media & RoomParts & Calls;

/** Resolves when HTTP and WebSockets are served. */
async function openEdges(parts: Parts) {
  const { config, closing, lock, telephony, gateway, workers, availability } = parts;
  const door = createDoor(parts);
  const https = openHttps(parts);
  const sessions = () => door.sessions;
  const http = createHttp({ ...parts, sessions }, https?.certificates);
  const metricsPort = await listenForMetrics(parts);
  closing.defer(() => http.close());
  closing.defer(() => telephony.close());
  // The sockets end before HTTP does, which answers `/health` while their clients are told when to come back.
  closing.defer(() => Promise.all([door.close(availability.returnSpreadMs), gateway.close(CALL_SPREAD_MS)]));
  closing.defer(() => workers.expectEnd());
  parts.metrics.add(readingsOf(parts, sessions, () => https?.certificates.current?.expiresAt));
  const entrances = new Map<string, Entrance>([
    [ROOM_PATH, door],
    [CALL_PATH, gateway],
  ]);
  routeUpgrades(http.server, { ...parts, entrances });
  const port = await listen(http, config.server);
  await https?.start(http, port);
  availability.listening();
  lock?.announce(config.server.host === undefined ? `port ${port}` : `${config.server.host}:${port}`);
  return { door, port, metricsPort };
}

/** The entrance of the rooms' sockets. */
function createDoor(parts: Parts): Door {
  const { config, metrics, errorRate, capabilities } = parts;
  return new Door({
    ...parts,
    onJoined: (ms) => metrics.joined(ms),
    onAnswered: (method, outcome, ms) => {
      metrics.answered(method, outcome, ms);
      errorRate.note(outcome === 'internal');
    },
    iceServers: createIceServers(config.turn),
    capabilitiesHash: capabilities.hash,
    limits: socketLimits(config),
  });
}

function createHttp(parts: RouteParts, certificates: Certificates | undefined) {
  return createHttpServer({ ...parts, ...parts.config.server, certificates, plugins: createRoutes(parts) });
}

/** Resolves to the port of the metrics' own listener; undefined without one. */
async function listenForMetrics(parts: Parts): Promise<number | undefined> {
  const { config, closing } = parts;
  if (!config.metrics.address) return undefined;
  const http = createHttpServer({ ...parts, ...config.server, plugins: [createMetricsRoute(parts)] });
  closing.defer(() => http.close());
  return listen(http, config.metrics.address);
}
