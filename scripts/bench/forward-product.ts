/** The whole server, as peers meet it: tokens, signalling, observers of who speaks. */
import { Generator } from '../load/generator.ts';
import { LoadPeer } from '../load/peer.ts';
import { withWorkers } from '../load/processes.ts';
import { capabilitiesOf } from '../load/run.ts';
import type { RoomShape, Target } from './forward-target.ts';
import { startServerProcess } from './server-process.ts';

/** @param program of the generator */
export async function wholeServer(program: string): Promise<Target> {
  const server = await startServerProcess();
  const generator = await Generator.start(program);
  const router = await capabilitiesOf(server.url);
  const { url, makeToken } = server;
  const environment = { url, generator, router, makeToken, onStream: () => {} };
  const peers: LoadPeer[] = [];
  let rooms = 0;
  return {
    name: 'whole server',
    firstPackets: 50_000,
    generator,
    processes: withWorkers(server.pid),
    async addRoom({ publishers, viewers, kind, bitrate }: RoomShape) {
      const room = `room-${++rooms}`;
      const join = async (_: unknown, index: number) => {
        const publish = index < publishers ? [kind] : [];
        const userId = `${room}-${index}`;
        const plan = { room, userId, publish, simulcast: false, bitrate, speaking: true, dtx: false };
        peers.push(await LoadPeer.join(environment, plan));
      };
      await Promise.all(Array.from({ length: publishers + viewers }, join));
    },
    async close() {
      await server.close();
      await generator.close();
    },
  };
}
