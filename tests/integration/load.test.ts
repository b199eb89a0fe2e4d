/** A small load test of a real server. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { LoadOptions } from '../../scripts/load/options.ts';
import type { Report } from '../../scripts/load/report.ts';
import { runLoad } from '../../scripts/load/run.ts';
import { type Identity, type MakeToken, signedTokens } from '../../scripts/load/tokens.ts';
import { droppedDatagrams } from '../support/machine.ts';
import { RawClient } from '../support/raw-client.ts';
import { SECRET, startServer, type TestServer } from '../support/server.ts';
import { COMPILE_MS, compile, missingCompiler } from '../unit/scripts/load/compiled.ts';

const reason = await missingCompiler();
let program: string;

describe.skipIf(reason)('npm run load', () => {
  beforeAll(async () => {
    program = await compile();
  }, COMPILE_MS);

  async function load(
    server: TestServer,
    options: Partial<LoadOptions>,
    makeToken = signedTokens(SECRET),
  ): Promise<Report> {
    const defaults: LoadOptions = {
      url: server.url,
      rooms: 1,
      peers: 3,
      publish: ['audio', 'video'],
      publishers: 3,
      simulcast: false,
      bitrate: 100_000,
      speaking: 1,
      dtx: false,
      duration: 1,
      joinRate: 50,
      churn: 0,
    };
    return runLoad({
      load: { ...defaults, ...options },
      program,
      makeToken,
      streams: true,
    });
  }

  async function started(variables: Record<string, string> = {}): Promise<TestServer> {
    const server = await startServer(variables);
    onTestFinished(() => server.close());
    return server;
  }

  test('every peer receives from every other one in its room, and the sums are right', async () => {
    const server = await started();
    const dropsBefore = await droppedDatagrams();
    const report = await load(server, { rooms: 2, duration: 3 });
    const drops = (await droppedDatagrams()) - dropsBefore;
    expect(report.joins).toMatchObject({ succeeded: 6, failed: {}, lost: {} });
    const { streams = [], total, measured } = report;
    // Each of 3 gets 2 of each kind, in 2 rooms.
    expect(streams).toHaveLength(24);
    const rooms = Map.groupBy(streams, ({ room }) => room);
    expect(rooms.size).toBe(2);
    for (const inRoom of rooms.values()) {
      const pairs = new Set(
        inRoom.map(({ receiver, senderPeer, kind }) => `${receiver} ${senderPeer} ${kind}`),
      );
      expect(pairs.size).toBe(12);
      expect(new Set(inRoom.map(({ senderPeer }) => senderPeer)).size).toBe(3);
    }
    expect(total).toMatchObject({ streams: 24, silentStreams: 0 });
    expect(total.lost).toBe(streams.reduce((sum, { lost }) => sum + lost, 0));
    // A datagram of a publisher that the machine drops is missed by two receivers.
    expect(total.lost).toBeLessThanOrEqual(2 * drops);
    expect(total.packets).toBe(streams.reduce((sum, { packets }) => sum + packets, 0));
    expect(total.bytes).toBe(streams.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(measured.received.packets).toBe(measured.audio.packets + measured.video.packets);
    expect(measured.received.packets).toBeLessThan(total.packets);
    // What one sends, two receive: what is lost at the ends of the measurement is little.
    const ratio = measured.received.packets / measured.sent.packets;
    expect(ratio).toBeGreaterThan(1.9);
    expect(ratio).toBeLessThan(2.1);
    expect(measured.latencyMs.median).toBeLessThan(1000);
    expect(measured.server.map(({ name }) => name)).toContain('node');
  });

  test('the loud peer is the one that speaks', async () => {
    const server = await started();
    const first = Promise.withResolvers<Identity>();
    const sign = signedTokens(SECRET);
    const makeToken: MakeToken = (identity) => {
      first.resolve(identity);
      return sign(identity);
    };
    const running = load(server, { publish: ['audio'], duration: 4 }, makeToken);
    const { room, userId } = await first.promise;
    const listener = await RawClient.open(server, server.token({ room }));
    const { peers } = await listener.joinRoom();
    const isLoud = (peer: { userId: string }) => peer.userId === userId;
    const loud = peers.find(isLoud) ?? (await listener.next('peerJoined', ({ peer }) => isLoud(peer))).peer;
    await listener.next('speakersChanged', ({ active }) => active === loud.id);
    const heard = listener.all('speakersChanged').flatMap(({ levels }) => levels);
    expect(new Set(heard.map(({ peerId }) => peerId))).toEqual(new Set([loud.id]));
    await listener.close();
    await running;
  });

  test('with simulcast a receiver gets one of three layers', async () => {
    const report = await load(await started(), {
      peers: 2,
      publishers: 1,
      publish: ['video'],
      simulcast: true,
    });
    expect(report.total).toMatchObject({ streams: 1, silentStreams: 0 });
    // 100,000 bit/s for the largest layer, and what is below it.
    expect(report.measured.sent.bitsPerSecond).toBeGreaterThan(1.2 * report.measured.received.bitsPerSecond);
  });

  test('with churn others take the places of those who leave', async () => {
    const server = await started();
    const dropsBefore = await droppedDatagrams();
    const report = await load(server, { peers: 3, duration: 2, churn: 3, publish: ['audio'] });
    const drops = (await droppedDatagrams()) - dropsBefore;
    expect(report.joins.succeeded).toBeGreaterThan(5);
    expect(report.joins).toMatchObject({ failed: {}, lost: {} });
    expect(report.total.silentStreams).toBe(0);
    expect(report.total.lost).toBeLessThanOrEqual(2 * drops);
  });

  test('says so where there is no server', async () => {
    const server = await startServer();
    await server.close();
    await expect(load(server, {})).rejects.toThrow(`There is no aq-server at ${server.url}.`);
  });

  test('counts refused joins by their codes', async () => {
    const report = await load(await started({ MAX_PEERS_PER_ROOM: '2' }), { peers: 4, publishers: 0 });
    expect(report.joins).toMatchObject({ succeeded: 2, failed: { room_full: 2 } });
  });
});
