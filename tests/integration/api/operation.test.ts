/** What an API key shows its operator of the server itself. */
import { expect, onTestFinished, test } from 'vitest';
import { makeKey } from '../../support/api.ts';
import { RawClient } from '../../support/raw-client.ts';
import { startServer } from '../../support/server.ts';

test('GET /health and GET /rooms say more to a key that may read', async () => {
  const server = await startServer();
  onTestFinished(() => server.close());
  const ann = await RawClient.join(server, server.token({ user_id: 'ann', room: 'meeting' }));
  const key = makeKey(server, { name: 'watching', rights: ['read'] });
  const ask = async (path: string, authorization?: string) => {
    const response = await fetch(server.url + path, { headers: authorization ? { authorization } : {} });
    return { status: response.status, body: await response.json() };
  };
  const open = await ask('/health');
  expect(open.body).toMatchObject({ status: 'healthy', peers: 1, errors_last_5_minutes: 0 });
  expect(open.body).not.toHaveProperty('rooms');
  expect((await ask('/health', 'Bearer wrong')).status).toBe(401);
  expect((await ask('/health', `Bearer ${key}`)).body).toMatchObject({
    rooms: 1,
    sockets: { rooms: 1, agents: 0 },
    workers: [{ pid: expect.any(Number), cpu: expect.any(Number), answer_ms: expect.any(Number) }],
  });
  expect((await ask('/rooms')).status).toBe(401);
  expect((await ask('/rooms', `Bearer ${key}`)).body).toMatchObject({
    rooms: [{ room_id: 'meeting', peer_count: 1 }],
    total_rooms: 1,
    total_peers: 1,
  });
  await ann.close();
});
