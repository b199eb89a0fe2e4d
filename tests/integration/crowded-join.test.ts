/** A client whose line carries 1 Mbit/s joins a room of 200 (PROTOCOL.md, rule F8). */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { sendable } from '../../scripts/load/media-parameters.ts';
import type { RtpCapabilities } from '../../src/protocol/media.ts';
import { tokenOf } from '../support/door.ts';
import { fingerprints } from '../support/media.ts';
import { hasCommand, startProgram } from '../support/program.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const PEERS = 200;
const BITRATE = 1_000_000;
/** The default of `MAX_BUFFERED_BYTES`. */
const MAX_BUFFERED = 1_048_576;
/** Not `subscribe`, so that only the one who joins at the end has consumers. */
const GRANTS = ['publish:mic', 'publish:camera', 'chat'];
const metadata = { text: 'x'.repeat(4096 - '{"text":""}'.length) };

/** Somebody with 4 KiB of metadata who publishes a microphone and a camera. */
async function publishes(server: TestServer, router: RtpCapabilities, user_id: string): Promise<RawClient> {
  const name = user_id.padEnd(128, '語');
  const client = await RawClient.join(server, tokenOf({ user_id, name, room: 'crowd', grants: GRANTS }));
  await Promise.all([
    client.request('setMetadata', { metadata }),
    ...(['mic', 'camera'] as const).map((source) => {
      const kind = source === 'mic' ? 'audio' : 'video';
      const rtpParameters = sendable(router, kind, { mid: source, layers: 3 });
      return client.request('produce', { id: randomUUID(), source, rtpParameters });
    }),
  ]);
  return client;
}

/** The same server behind a slow line. */
async function behindSlowLine({ app, token }: TestServer): Promise<Pick<TestServer, 'url' | 'token'>> {
  const script = fileURLToPath(new URL('../support/slow-line.py', import.meta.url));
  const line = startProgram('python3', [script, String(app.port), String(BITRATE)]);
  const [port] = await line.wrote(/^\d+$/m);
  return { url: `http://127.0.0.1:${port}`, token };
}

test('[F8] a client on a line of 1 Mbit/s joins a room of 200', async ({ skip }) => {
  if (!hasCommand('python3')) skip('there is no python3 on this machine');
  const server = await startServer({ SESSION_GRACE: '300', AUDIO_GATE_ABOVE: '1000' });
  onTestFinished(() => server.close());
  const capabilities = await fetch(`${server.url}/aq_server/capabilities`);
  const { rtpCapabilities: router } = (await capabilities.json()) as { rtpCapabilities: RtpCapabilities };
  const writer = await publishes(server, router, 'writer');
  const others = Array.from({ length: PEERS - 2 }, (_, n) => `peer-${n}`);
  while (others.length > 0) {
    const clients = await Promise.all(others.splice(0, 20).map((user) => publishes(server, router, user)));
    // They stay in the room, and nobody reads what they are told of the others.
    await Promise.all(clients.map((client) => client.cutOff()));
  }

  const line = await behindSlowLine(server);
  const slow = await RawClient.open(line, tokenOf({ user_id: 'slow', room: 'crowd' }));
  let bytes = 0;
  slow.socket.on('message', (data) => {
    bytes = Math.max(bytes, Buffer.byteLength(String(data)));
  });
  const dtls = {
    send: { role: 'server' as const, fingerprints },
    recv: { role: 'client' as const, fingerprints },
  };
  const joining = slow.request('join', { rtpCapabilities: router, dtls });
  await writer.next('peerJoined', ({ peer }) => peer.userId === 'slow');
  await writer.request('chat', { text: 'hello' }); // which waits behind the answer
  const { peers, consumers } = await joining;
  expect([peers.length, consumers.length]).toEqual([PEERS - 1, 2 * (PEERS - 1)]);
  expect(bytes).toBeGreaterThan(1.25 * MAX_BUFFERED);
  await slow.next('chatReceived');
  await slow.settled();
  expect(server.log.filter(({ limit }) => limit === 'MAX_BUFFERED_BYTES')).toEqual([]);
}, 120_000);
