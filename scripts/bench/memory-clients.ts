/** Clients without media, which keep nothing of what they are told: `memory-clients.ts PORT PEERS SIZE`. */
import { WebSocket } from 'ws';
import { mintToken } from '../../src/auth/tokens.ts';
import { fingerprints, rtpCapabilities } from '../../tests/support/media.ts';
import { SECRET } from '../../tests/support/server.ts';

const [port, peers = 0, size = 1] = process.argv.slice(2).map(Number);
/** How many join at once. */
const AT_ONCE = 8;
const JOIN = JSON.stringify({
  id: 1,
  method: 'join',
  params: {
    rtpCapabilities,
    dtls: { send: { role: 'server', fingerprints }, recv: { role: 'client', fingerprints } },
  },
});

let next = 0;
await Promise.all(Array.from({ length: AT_ONCE }, joinOneByOne));
process.stdout.write('joined\n');

async function joinOneByOne(): Promise<void> {
  while (next < peers) await join(next++);
}

function join(index: number): Promise<void> {
  const subject = { user_id: `user-${index}`, room: `room-${Math.floor(index / size)}` };
  const { token } = mintToken(subject, { secret: SECRET, ttlSeconds: 3600 });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/aq_server/websocket`, ['aq.v1', `bearer.${token}`]);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', (code) => reject(new Error(`closed with ${code}`)));
    socket.on('message', (data) => {
      const text = data.toString();
      if (text.includes('"event":"welcome"')) socket.send(JOIN);
      else if (text.startsWith('{"id":1,"result":')) resolve();
      else if (text.startsWith('{"id":1,')) reject(new Error(text));
    });
  });
}
