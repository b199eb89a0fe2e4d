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

test('[G2] through 20 joins and leaves everyone goes on seeing and hearing everyone', {
  timeout: 180_000,
}, async () => {
  const [gina, gerd] = [connect('busy', 'gina'), connect('busy', 'gerd')];
  await gina.receives({ videos: 1, audios: 1 });
  for (let visit = 0; visit < 20; visit++) {
    const guest = connect('busy', `guest-${visit}`);
    await expect.poll(() => guest.all('offer').length).toBeGreaterThan(1);
    if (visit % 5 === 0) await guest.receives({ videos: 2, audios: 2 });
    guest.close();
    await guest.closed;
  }
  await expect.poll(() => server.app.rooms.find('busy')?.size).toBe(2);
  await gina.receives({ videos: 1, audios: 1 });
  await gerd.receives({ videos: 1, audios: 1 });
  expect([...gina.errors, ...gerd.errors]).toEqual([]);
});

describe('[G7] chat', () => {
  test('goes both ways, with the name of the sender and the time', async () => {
    const hanna = await host('chat');
    const gina = connect('chat', 'gina', { sends: false });
    await gina.connected();
    gina.send('chat', 'hello');
    expect((await hanna.next('chatReceived')).text).toBe('hello');
    await hanna.request('chat', { text: 'welcome' });
    await expect
      .poll(() => gina.all('chat'))
      .toEqual([
        { event: 'chat', message: 'welcome', from: 'hanna', time: expect.stringMatching(/^\d\d:\d\d:\d\d$/) },
      ]);
  });

  test('drops what aq.v1 refuses', async () => {
    const hanna = await host('dropped');
    const gina = connect('dropped', 'gina', { sends: false });
    await gina.connected();
    for (const text of ['', 'x'.repeat(2001)]) gina.send('chat', text);
    gina.send('chat', 'short');
    await hanna.next('chatReceived');
    expect(hanna.all('chatReceived').map(({ text }) => text)).toEqual(['short']);
  });
});

describe('[G3] hosts', () => {
  test('mute a client for good, allow it again, and stop it', async () => {
    const hanna = await host('muted');
    connect('muted');
    const { peer } = await hanna.next('peerJoined');
    await hanna.next('producerOpened', ({ producer }) => producer.source === 'camera');
    const camera = { peerId: peer.id, source: 'camera' as const };
    await hanna.request('muteSource', { ...camera, mode: 'hard' });
    await hanna.next('producerPaused');
    await hanna.request('allowSource', camera);
    await hanna.next('producerResumed');
    await hanna.request('stopSource', camera);
    await hanna.next('producerClosed');
    // Another offer and its answer do not publish it again.
    const gerd = connect('muted', 'gerd');
    await gerd.receives({ videos: 0, audios: 1 });
    expect(hanna.all('producerOpened').filter(({ peerId }) => peerId === peer.id)).toHaveLength(2);
  });

  test('take the right to publish, and give it back', async () => {
    const hanna = await host('roles');
    connect('roles');
    const { peer } = await hanna.next('peerJoined');
    await hanna.next('producerOpened', ({ producer }) => producer.source === 'mic');
    await hanna.request('setUserType', { peerId: peer.id, userType: 'viewer' });
    await expect.poll(() => hanna.all('producerClosed').length).toBe(2);
    await hanna.request('setUserType', { peerId: peer.id, userType: 'guest' });
    await expect.poll(() => hanna.all('producerOpened').length).toBe(4);
  });
});

describe('[G9] who is not welcome', () => {
  test('is removed with the code, and cannot come back', async () => {
    const hanna = await host('removed');
    const gina = connect('removed');
    const { peer } = await hanna.next('peerJoined');
    await hanna.request('removePeer', { peerId: peer.id });
    expect(await gina.closed).toEqual([4403, 'removed']);
    gina.reconnect();
    await gina.closed;
    expect(gina.errors.join()).toContain('401');
  });

  test('is closed at a locked room', async () => {
    const hanna = await host('locked');
    await hanna.request('setLocked', { locked: true });
    expect(await connect('locked').closed).toEqual([4423, 'room_locked']);
  });

  test('waits in the lobby without a frame, and joins when it is admitted', async () => {
    const hanna = await host('lobby');
    await hanna.request('setLobby', { lobby: true });
    const gina = connect('lobby');
    const { waiting } = await hanna.next('waitingJoined');
    expect(gina.frames).toEqual([]);
    await hanna.request('admitWaiting', { id: waiting.id });
    await gina.connected();
  });
});

describe('[G8] a client that breaks the rules', () => {
  test.each([
    ['no JSON', 'hello', [4400, 'invalid_message']],
    ['no frame', '[]', [4400, 'invalid_message']],
    ['data that is no string', '{"event":"answer","data":{}}', [4400, 'invalid_message']],
    ['an answer that is none', '{"event":"answer","data":"{}"}', [4400, 'invalid_message']],
    ['an answer to nothing', '{"event":"answer","data":"{\\"sdp\\":\\"x\\"}"}', [4400, 'invalid_media']],
  ])('%s closes the socket', async (_title, text, close) => {
    const gina = connect('rules', 'gina', { sends: false });
    gina.isSilent = true;
    await expect.poll(() => gina.frames.length).toBe(1);
    gina.socket.send(text);
    expect(await gina.closed).toEqual(close);
  });

  test('and unknown events and candidates are ignored', async () => {
    const gina = connect('ignored', 'gina', { sends: false });
    await expect.poll(() => gina.frames.length).toBeGreaterThan(0);
    gina.send('mute', 'x');
    gina.send('candidate', '{}');
    await gina.connected();
    expect(gina.socket.readyState).toBe(gina.socket.OPEN);
  });
});
