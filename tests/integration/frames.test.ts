/** What a client may send, and what it gets for what it may not: the rules F of PROTOCOL.md. */
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Peer } from '../../src/rooms/peer.ts';
import { track } from '../support/media.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
/** A peer in the same room: the room goes on for it whatever the others send. */
let bystander: RawClient;
let rude: RawClient;

beforeAll(async () => {
  server = await startServer({ PING_INTERVAL: '1', SESSION_GRACE: '1', MAX_QUEUED_REQUESTS: '20' });
});
beforeEach(async () => {
  bystander = await RawClient.join(server, server.token({ user_id: 'bystander' }));
  rude = await RawClient.join(server, server.token({ user_id: 'rude' }));
});
afterEach(async () => {
  const still = await RawClient.join(server, server.token({ user_id: 'late' }));
  await still.request('chat', { text: 'the room goes on' });
  await bystander.next('chatReceived', ({ text }) => text === 'the room goes on');
  expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  await Promise.all([still, bystander, rude].map((client) => client.close()));
});
afterAll(() => server.close());

/** Sends text or bytes as they are, and resolves to the code of the error that belongs to no request. */
async function stray(message: string | Buffer): Promise<string | undefined> {
  rude.socket.send(message);
  await rude.settled();
  return rude.strayErrors.at(-1)?.code;
}

describe('[F4] what is no request', () => {
  test.each([
    ['malformed JSON', '{"id":1,'],
    ['nothing', ''],
    ['a word', 'hello'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a number', '1'],
    ['a missing id', '{"method":"ping"}'],
    ['an id that is text', '{"id":"1","method":"ping"}'],
    ['an id that is no whole number', '{"id":1.5,"method":"ping"}'],
    ['a negative id', '{"id":-1,"method":"ping"}'],
    ['an id beyond whole numbers', '{"id":1e300,"method":"ping"}'],
    ['__proto__ as a key', '{"id":900,"method":"ping","params":{"__proto__":{"a":1}}}'],
    ['constructor.prototype', '{"id":900,"method":"ping","params":{"constructor":{"prototype":{}}}}'],
    ['arrays nested ten thousand deep', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['a request nested ten thousand deep', `{"id":900,"method":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
  ])('%s is invalid_message', async (_name, text) => {
    expect(await stray(text)).toBe('invalid_message');
  });

  test('a binary frame is invalid_message', async () => {
    expect(await stray(Buffer.from('{"id":900,"method":"ping"}'))).toBe('invalid_message');
  });

  test.each([
    ['an unknown key', { id: 50, method: 'ping', extra: 1 }],
    ['no method', { id: 51 }],
    ['a method that is no text', { id: 52, method: 7 }],
    ['parameters that are an array', { id: 53, method: 'ping', params: [] }],
    ['parameters that are null', { id: 54, method: 'ping', params: null }],
  ])('%s is invalid_message, with its id', async (_name, message) => {
    expect(await refusal(rude.ask(message))).toBe('invalid_message');
  });

  test('of a key that comes twice, the last one counts', async () => {
    rude.socket.send('{"id":60,"method":"nonsense","method":"ping"}');
    await rude.ask({ id: 61, method: 'ping' });
    expect(rude.strayErrors).toEqual([]);
  });
});

describe('[F9] what a request may ask', () => {
  test.each([
    'nonsense',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
  ])('the method "%s" is unknown_method', async (method) => {
    expect(await refusal(rude.ask({ id: 70, method }))).toBe('unknown_method');
  });

  test('[F2] an id that was used is id_taken, and nothing is done', async () => {
    await rude.ask({ id: 80, method: 'chat', params: { text: 'once' } });
    expect(await refusal(rude.ask({ id: 80, method: 'chat', params: { text: 'twice' } }))).toBe('id_taken');
    expect(await refusal(rude.ask({ id: 79, method: 'chat', params: { text: 'twice' } }))).toBe('id_taken');
    await bystander.settled();
    expect(bystander.all('chatReceived').map(({ text }) => text)).toEqual(['once']);
  });

  test.each([
    ['a thousand encodings', { encodings: Array.from({ length: 1000 }, (_, ssrc) => ({ ssrc })) }],
    ['an SSRC twice', { encodings: [{ ssrc: 7 }, { ssrc: 7 }] }],
    ['an SSRC that is an RTX too', { encodings: [{ ssrc: 7, rtx: { ssrc: 7 } }] }],
    ['an SSRC of 33 bits', { encodings: [{ ssrc: 2 ** 32 }] }],
    ['a rid twice', { encodings: [{ rid: 'a' }, { rid: 'a' }] }],
    ['no codec', { codecs: [] }],
    [
      'a payload type twice',
      {
        codecs: ['VP8', 'VP9'].map((name) => ({
          mimeType: `video/${name}`,
          payloadType: 96,
          clockRate: 90000,
        })),
      },
    ],
    ['a payload type of 8 bits', { codecs: [{ mimeType: 'video/VP8', payloadType: 200, clockRate: 90000 }] }],
    ['a mid of a kilobyte', { mid: 'm'.repeat(1024) }],
  ])('RTP parameters with %s are invalid_params', async (_name, changes) => {
    expect(await refusal(rude.request('produce', track('camera', changes)))).toBe('invalid_params');
  });

  test('an SSRC that another producer of the peer has is invalid_media', async () => {
    const encodings = [{ ssrc: 4711 }];
    await rude.request('produce', track('camera', { encodings }));
    expect(await refusal(rude.request('produce', track('mic', { encodings })))).toBe('invalid_media');
  });

  test.each([
    ['an id that is no UUID', { ...track('mic'), id: 'mine' }],
    ['an unknown source', { ...track('mic'), source: 'telepathy' }],
    ['no RTP parameters', { id: track('mic').id, source: 'mic' }],
  ])('produce with %s is invalid_params', async (_name, params) => {
    expect(await refusal(rude.ask({ id: 90, method: 'produce', params }))).toBe('invalid_params');
  });
});

describe('too much', () => {
  test('[F1] 64 KiB are taken, and a byte more closes with 1009', async () => {
    const frame = (bytes: number) => {
      const empty = JSON.stringify({ id: 500, method: 'ping', params: { pad: '' } });
      return JSON.stringify({ id: 500, method: 'ping', params: { pad: 'x'.repeat(bytes - empty.length) } });
    };
    rude.socket.send(frame(65_536));
    await rude.ask({ id: 501, method: 'ping' });
    rude.socket.send(frame(65_537));
    expect((await rude.closed).close).toBe(1009);
    await bystander.next('peerLeft');
  });

  test('[F1] a message in a thousand fragments closes with 1008', async () => {
    for (let n = 0; n < 1000; n++) rude.socket.send(' ', { fin: n === 999 });
    expect((await rude.closed).close).toBe(1008);
  });

  test('[F7] a burst is answered rate_limited, and one that goes on is closed', async () => {
    const answers = Array.from({ length: 300 }, (_, n) =>
      refusal(rude.ask({ id: 1000 + n, method: 'nonsense' })),
    );
    const codes = await Promise.all(answers);
    expect(new Set(codes)).toEqual(new Set(['unknown_method', 'queue_full', 'rate_limited']));
    expect(codes.slice(0, 10)).toEqual(Array(10).fill('unknown_method'));
    for (let n = 0; n < 1000; n++) rude.socket.send('x');
    expect(await rude.closed).toEqual({ close: 4429, reason: 'rate_limited' });
    const limits = server.log.filter(({ limit }) => limit === 'MESSAGES_PER_SECOND');
    expect(limits).toHaveLength(1);
  });
});

test('[F8] a client that does not read is dropped before it holds more than the limit', async () => {
  const limit = 262_144;
  const fast = await startServer({
    PING_INTERVAL: '60',
    SESSION_GRACE: '1',
    MAX_BUFFERED_BYTES: String(limit),
    MESSAGES_PER_SECOND: '10000',
    MESSAGE_BURST: '100000',
    CHAT_PER_MINUTE: '1000000',
  });
  const reader = await RawClient.join(fast, fast.token({ user_id: 'reader' }));
  const writer = await RawClient.join(fast, fast.token({ user_id: 'writer' }));
  reader.socket.pause();
  const text = 'x'.repeat(2000);
  let left = false;
  void writer.next('peerLeft').then(() => {
    left = true;
  });
  // The kernel takes some megabytes before anything waits in the server.
  for (let sent = 0; !left && sent < 40_000; sent++) await writer.request('chat', { text });
  expect(await writer.next('peerLeft')).toEqual({ peerId: reader.id, reason: 'too_slow' });
  const [line] = fast.log.filter((entry) => entry.limit === 'MAX_BUFFERED_BYTES');
  expect(Number(line?.bytes)).toBeLessThan(limit + 8192);
  reader.socket.resume();
  await writer.close();
  await fast.close();
});

describe('[L2] life', () => {
  test('a socket that sends nothing, not even pongs, is dead after two intervals', async () => {
    rude.socket.pause(); // what is not read is not answered
    await bystander.next('peerLeft');
    rude.socket.resume();
    expect((await rude.closed).close).toBe(1006);
  });

  test('a frame that comes at one byte a second is no life', async () => {
    const token = server.token({ user_id: 'slow' });
    const socket = connect(server.app.port, '127.0.0.1');
    socket.write(
      `GET /aq_server/websocket?token=${token} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    const bytes = setInterval(() => socket.write(Buffer.from([0x81])), 1000);
    await new Promise((resolve) =>
      socket
        .once('close', resolve)
        .on('error', () => {})
        .resume(),
    );
    clearInterval(bytes);
  });

  test('a client that answers pings lives on, and its round trip is known', async () => {
    await setTimeout(2500);
    await rude.settled();
    // The peers of the tests before may leave meanwhile.
    expect(bystander.all('peerLeft').map(({ peerId }) => peerId)).not.toContain(rude.id);
    const peer = server.app.rooms.find('default')?.member(rude.id);
    if (!(peer instanceof Peer)) throw new Error('no peer');
    await expect.poll(() => peer.media.roundTrip.ms).toBeGreaterThan(0);
    expect(peer.media.roundTrip.ms).toBeLessThan(60_000); // milliseconds, and no time of day
  });
});
