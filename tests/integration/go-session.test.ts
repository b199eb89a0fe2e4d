/** Clients of the Go server (PROTOCOL.md, rules G1 to G9), by what is sent over their sockets. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { tokenOf } from '../support/door.ts';
import { GoClient } from '../support/go-client/go-client.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ MEDIA_WORKERS: '2' });
});
afterAll(() => server.close());

function connect(
  room: string,
  user_id = 'gina',
  options: { sends?: boolean; user_type?: string } = {},
): GoClient {
  const { user_type = 'guest' } = options;
  const client = GoClient.connect(server, tokenOf({ room, user_id, user_type }), options);
  onTestFinished(() => client.close());
  return client;
}

async function host(room: string): Promise<RawClient> {
  const hanna = await RawClient.join(server, tokenOf({ room, user_id: 'hanna', user_type: 'host' }));
  onTestFinished(() => hanna.close());
  return hanna;
}

describe('[G1] the upgrade is the join', () => {
  test('and the server offers, the video first', async () => {
    const hanna = await host('join');
    const gina = connect('join');
    const { peer } = await hanna.next('peerJoined');
    expect(peer).toMatchObject({ userId: 'gina', userType: 'guest' });
    await gina.connected();
    const [offer] = gina.all('offer');
    expect(Object.keys(offer ?? {})).toEqual(['event', 'data']);
    const { type, sdp } = JSON.parse(String(offer?.data));
    expect(type).toBe('offer');
    expect(sdp.match(/^m=\w+/gm)).toEqual(['m=video', 'm=audio']);
    const kinds = async () => {
      await hanna.settled();
      return hanna.all('producerOpened').map(({ producer }) => producer.source);
    };
    await expect.poll(kinds).toEqual(['camera', 'mic']);
  });

  test('two of them see and hear each other', async () => {
    const [gina, gerd] = [connect('two', 'gina'), connect('two', 'gerd')];
    await gina.receives({ videos: 1, audios: 1 });
    await gerd.receives({ videos: 1, audios: 1 });
    expect([...gina.errors, ...gerd.errors]).toEqual([]);
  });
});

test('[F10] a user shares what publishing costs with all of its sessions', async () => {
  const strict = await startServer({ PRODUCES_PER_MINUTE: '2' });
  onTestFinished(() => strict.close());
  const open = (user_id: string) => {
    const client = GoClient.connect(strict, tokenOf({ room: 'costs', user_id }));
    onTestFinished(() => client.close());
    return client;
  };
  await open('gina').connected(); // a camera and a microphone
  expect(await open('gina').closed).toEqual([4429, 'rate_limited']);
  await open('gerd').connected();
});

describe('[G5] reconnect', () => {
  test('the same connection goes on over another socket', async () => {
    const [gina, gerd] = [connect('resume', 'gina'), connect('resume', 'gerd')];
    await gina.receives({ videos: 1, audios: 1 });
    gina.socket.terminate();
    await gina.closed;
    gina.reconnect();
    await gina.receives({ videos: 1, audios: 1 });
    await gerd.receives({ videos: 1, audios: 1 });
    expect([...gina.errors, ...gerd.errors]).toEqual([]);
    expect(server.app.rooms.find('resume')?.size).toBe(2);
  });

  test('after its end the old connection accepts a fresh offer', async () => {
    const [gina, gerd] = [connect('fresh', 'gina'), connect('fresh', 'gerd')];
    await gina.receives({ videos: 1, audios: 1 });
    gina.socket.close();
    await gina.closed;
    await expect.poll(() => server.app.rooms.find('fresh')?.size).toBe(1);
    gina.reconnect();
    await gina.receives({ videos: 1, audios: 1 });
    await gerd.receives({ videos: 1, audios: 1 });
  });
});

test('[G6] a worker dies', async () => {
  const [gina, gerd] = [connect('death', 'gina'), connect('death', 'gerd')];
  await gina.receives({ videos: 1, audios: 1 });
  for (const pid of server.app.workers.pids()) process.kill(pid, 'SIGKILL');
  await gina.receives({ videos: 1, audios: 1 });
  await gerd.receives({ videos: 1, audios: 1 });
});
