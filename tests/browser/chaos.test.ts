/**
 * For 20 seconds, or `CHAOS_SECONDS`, thirty clients in three rooms join, talk, publish, moderate, lose their sockets and come back, while media workers are
 * killed. In the end each knows exactly what the server told, and nothing is left over.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { observer } from 'mediasoup';
import type { Worker } from 'mediasoup/types';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EventName, events } from '../../src/protocol/events.ts';
import type { OutgoingEvent } from '../../src/protocol/frames.ts';
import { EventLog } from '../../src/signaling/event-log.ts';
import { launchLight } from '../support/browser.ts';
import { ChaosClient } from '../support/chaos-client.ts';
import { openChaosPage, toldIn } from '../support/chaos-page.ts';
import { type FarServer, startFarServer } from '../support/far-server.ts';
import { Random } from '../support/random.ts';

const DURATION_MS = 1000 * Number(process.env.CHAOS_SECONDS || 20);
const ROOMS = ['red', 'green', 'blue'] as const;
const SEED = process.env.CHAOS_SEED ?? String(Date.now());

/** What the server told each session. */
const serverLogs: OutgoingEvent[][] = [];
const workers: Worker[] = [];
const { add } = EventLog.prototype;
let browser: Browser;

beforeAll(async () => {
  const logOf = new WeakMap<EventLog, OutgoingEvent[]>();
  EventLog.prototype.add = function (event) {
    const log = logOf.get(this) ?? [];
    if (log.push(event) === 1) serverLogs.push(log);
    logOf.set(this, log);
    return add.call(this, event);
  };
  observer.on('newworker', (worker) => workers.push(worker));
  browser = await launchLight();
});
afterAll(async () => {
  EventLog.prototype.add = add;
  await browser.close();
});

test(
  `clients and server agree after ${DURATION_MS / 1000} s of chaos (CHAOS_SEED=${SEED})`,
  async () => {
    console.log(`CHAOS_SEED=${SEED}`);
    const before = resources();
    const server = await startFarServer({
      MEDIA_WORKERS: '1',
      MESSAGE_BURST: '10000',
      SESSION_EVENTS: '150',
      MAX_WAITING_PER_USER: '10',
    });
    const random = new Random(SEED);
    const until = Date.now() + DURATION_MS;
    const clients = Array.from({ length: 24 }, (_, index) => {
      const user_type = index % 4 === 0 ? 'host' : 'presenter';
      const room = ROOMS[index % 3] ?? 'red';
      return new ChaosClient(server, new Random(`${SEED} ${index}`), {
        user_id: `raw-${index}`,
        room,
        user_type,
      });
    });
    const running = clients.map((client) => client.run(until));
    const pages = await Promise.all(ROOMS.map((room) => openPage(server, room)));
    await disturb(server, random, until);
    await Promise.all(running);
    for (const page of pages) {
      await page.waitForFunction(() => window.chaos.rooms.every((room) => room?.state === 'joined'));
    }
    expect(clients.flatMap(({ faults }) => faults)).toEqual([]);
    expect(server.log.filter(({ level, msg }) => Number(level) >= 50 && msg !== 'media worker died')).toEqual(
      [],
    );

    await Promise.all(clients.map(({ client }) => client.settled()));
    for (const { sessions } of clients) {
      for (const { client } of sessions) {
        const log = logOf(client.id);
        for (const { seq, event, data } of client.told) expect({ event, data }).toEqual(parsed(log[seq - 1]));
      }
    }
    for (const { client } of clients) expect(client.lastSeq).toBe(logOf(client.id).length);
    for (const page of pages) await agrees(page, server);

    await Promise.all(clients.map(({ client }) => client.close()));
    await Promise.all(pages.map((page) => page.context().close()));
    await expect.poll(() => [server.app.rooms.size, server.app.sessions()]).toEqual([0, 0]);
    for (const worker of workers.filter(({ closed }) => !closed)) {
      await expect.poll(async () => (await worker.dump()).routerIds).toEqual([]);
    }
    await server.close();
    await expect.poll(() => leftOver(before)).toEqual([]);
  },
  DURATION_MS + 180_000,
);

function openPage(server: FarServer, room: string): Promise<Page> {
  const users = [`${room}-sdk-1`, `${room}-sdk-2`];
  const tokenFor = (user_id: string) => server.token({ user_id, room, user_type: 'presenter' });
  return openChaosPage(browser, server.url, users, tokenFor);
}

/** Kills media workers, and cuts the sockets and the media of the browsers. */
async function disturb(server: FarServer, random: Random, until: number): Promise<void> {
  while (Date.now() < until - 5000) {
    await sleep(2000 + random.integer(3000));
    await random.pick<() => unknown>([
      () => server.app.workers.pids().map((pid) => process.kill(pid, 'SIGKILL')),
      () => server.signaling.cutTcp(),
      () => server.media.rebind(),
      async () => {
        server.signaling.tcpCut = true;
        await sleep(random.integer(3000));
        server.signaling.tcpCut = false;
      },
    ])();
  }
}

/** Each session of a page saw the server's events in order, once, and the last ones see the server's peers. */
async function agrees(page: Page, server: FarServer): Promise<void> {
  for (const { peerId, frames } of await toldIn(page)) {
    const log = logOf(peerId);
    let last = 0;
    for (const frame of frames.map((text) => JSON.parse(text))) {
      if (frame.event === 'resumed') last = frame.data.snapshot?.seq ?? last;
      if (frame.event === 'resumed') continue;
      expect(frame.seq).toBe(last + 1);
      last = frame.seq;
      expect({ event: frame.event, data: frame.data }).toEqual(
        JSON.parse(log[frame.seq - 1]?.encoded.unnumberedFrame() ?? ''),
      );
    }
  }
  // Sessions that were given up leave one by one, as their grace time ends.
  await expect.poll(() => disagreements(page, server)).toEqual([]);
}

/** The peers that only the page or only the server knows. */
async function disagreements(page: Page, server: FarServer): Promise<string[]> {
  const rooms = await page.evaluate(() =>
    window.chaos.rooms.map((room) => ({
      name: room?.name ?? '',
      known: [room?.peerId ?? '', ...(room?.peers.keys() ?? [])],
    })),
  );
  return rooms.flatMap(({ name, known }) => {
    const members = new Set(
      server.app.rooms
        .find(name)
        ?.membersOf()
        .map(({ id }) => id),
    );
    return [...members.symmetricDifference(new Set(known))];
  });
}

function logOf(peerId: string): OutgoingEvent[] {
  const log = serverLogs.find((each) =>
    each.some(({ name, data }) => name === 'welcome' && 'peerId' in data && data.peerId === peerId),
  );
  if (!log) throw new Error(`the server told nothing to ${peerId}`);
  return log;
}

function parsed(told: OutgoingEvent | undefined): { event: EventName; data: unknown } {
  const { event, data } = JSON.parse(told?.encoded.unnumberedFrame() ?? '') as {
    event: EventName;
    data: unknown;
  };
  return { event, data: events[event].parse(data) };
}

/** What keeps this process alive: timers, sockets, pipes and processes. */
function resources(): string[] {
  return process.getActiveResourcesInfo();
}

/** The kinds of which there are more than before. */
function leftOver(before: readonly string[]): string[] {
  const count = (all: readonly string[], kind: string) => all.filter((name) => name === kind).length;
  const now = resources();
  return [...new Set(now)].filter((kind) => count(now, kind) > count(before, kind));
}
