/** A call with all kinds of members at once: clients of the Go server, an encoder, a player, and one that speaks `aq.v1`. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { tokenOf } from '../support/door.ts';
import { GoClient } from '../support/go-client/go-client.ts';
import { RawClient } from '../support/raw-client.ts';
import { RunningClient, sdpClients } from '../support/sdp-clients/clients.ts';
import { startServer, type TestServer } from '../support/server.ts';

const ROOM = 'all';
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ MEDIA_WORKERS: '1' });
});
afterAll(() => server.close());

function start(mode: 'publish' | 'play', user_id: string): RunningClient {
  const client = sdpClients.find(({ name }) => name === 'wrtc');
  if (!client) throw new Error('there is no client');
  const user_type = mode === 'publish' ? 'guest' : 'viewer';
  const url = `${server.url}/${mode === 'publish' ? 'whip' : 'whep'}`;
  const running = new RunningClient(client, mode, url, {
    TOKEN: tokenOf({ room: ROOM, user_id, user_type }),
  });
  onTestFinished(() => running.close());
  return running;
}

function goClient(user_id: string): GoClient {
  const client = GoClient.connect(server, tokenOf({ room: ROOM, user_id }));
  onTestFinished(() => client.close());
  return client;
}

async function plays(running: RunningClient): Promise<void> {
  const { video, audio } = running.report;
  const goesOn = () =>
    (running.report.video > video + 10 && running.report.audio > audio + 10) || running.describe();
  await expect.poll(goesOn).toBe(true);
}

test('all kinds are in one room, and its clients go on when the worker dies', async () => {
  const hanna = await RawClient.join(server, tokenOf({ room: ROOM, user_id: 'hanna', user_type: 'host' }));
  onTestFinished(() => hanna.close());
  const [gina, gerd] = [goClient('gina'), goClient('gerd')];
  start('publish', 'eva');
  await gina.receives({ videos: 2, audios: 2 });
  await gerd.receives({ videos: 2, audios: 2 });
  await plays(start('play', 'vera'));
  await expect.poll(() => hanna.all('consumerOpened').length).toBe(6);
  const users = hanna.all('peerJoined').map(({ peer }) => peer.userId);
  expect(users.toSorted()).toEqual(['eva', 'gerd', 'gina', 'vera']);

  for (const pid of server.app.workers.pids()) process.kill(pid, 'SIGKILL');
  const { send } = await hanna.next('mediaReset');
  await hanna.request('restoreMedia', { transportId: send?.id ?? '' });
  // An encoder and a player begin anew, as rules E8 and P6 say.
  const left = () => hanna.all('peerLeft').length;
  await expect.poll(left).toBe(2);
  await gina.receives({ videos: 1, audios: 1 });
  await gerd.receives({ videos: 1, audios: 1 });
  start('publish', 'eva');
  await gina.receives({ videos: 2, audios: 2 });
  await plays(start('play', 'vera'));
});
