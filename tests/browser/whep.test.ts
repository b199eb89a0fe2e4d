/** Chromium as a player by WHEP: who is shown changes without a new offer (PROTOCOL.md, rule P2). */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { RunningClient, sdpClients } from '../support/sdp-clients/clients.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ MEDIA_WORKERS: '2' });
});
afterAll(() => server.close());

function start(name: string, mode: 'publish' | 'play', path: string, user: string): RunningClient {
  const client = sdpClients.find((candidate) => candidate.name === name);
  if (!client) throw new Error(`there is no client ${name}`);
  const token = server.token({ user_id: user, room: 'switched', user_type: 'presenter' });
  const running = new RunningClient(client, mode, `${server.url}${path}`, { TOKEN: token });
  onTestFinished(() => running.close());
  return running;
}

test('[P2] Chromium shows a camera, then a screen, then the camera again', async () => {
  start('wrtc', 'publish', '/whip', 'eva');
  const player = start('chromium', 'play', '/whep', 'vera');
  await plays(player);
  start('wrtc', 'publish', '/whip?source=screen', 'sven');
  await expect.poll(sources).toContain('screen');
  await plays(player);
  for (const member of server.app.rooms.find('switched')?.membersOf('sven') ?? []) member.close('left');
  await expect.poll(sources).toEqual(['camera', 'mic']);
  await plays(player);
});

function sources(): (string | false)[] {
  const [viewer] = server.app.rooms.find('switched')?.membersOf('vera') ?? [];
  const subscribed = [...(viewer?.receiver?.subscribed ?? [])];
  return subscribed.map((each) => 'source' in each && each.source).toSorted();
}

async function plays(running: RunningClient): Promise<void> {
  const { video, audio } = running.report;
  const goesOn = () =>
    (running.report.video >= video + 20 && running.report.audio >= audio + 20) || running.describe();
  await expect.poll(goesOn).toBe(true);
}
