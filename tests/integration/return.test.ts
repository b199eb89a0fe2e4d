/** A server that was killed and started again: all its clients come back at once, and none is turned away. */
import { expect, test } from 'vitest';
import { freePort } from '../support/ports.ts';
import { startProcess, temporaryFolder } from '../support/process.ts';
import { ReturningClient } from '../support/returning-client.ts';

const ROOMS = 20;
const PEERS = 10;

test('200 clients join again and publish again, each in its room with all the others', async () => {
  const variables = { SERVER_ADDR: `127.0.0.1:${await freePort()}`, DATA_DIR: temporaryFolder() };
  const first = await startProcess(variables);
  const clients = Array.from({ length: ROOMS * PEERS }, (_, index) => {
    return new ReturningClient(first.url, first.token(`user-${index}`, `room-${index % ROOMS}`));
  });
  const running = clients.map((client) => client.run());
  const all = (arrivals: number) =>
    expect
      .poll(
        () =>
          clients.filter((client) => client.arrivals === arrivals && client.peers.size === PEERS - 1).length,
      )
      .toBe(clients.length);
  await all(1);
  first.child.kill('SIGKILL');
  await first.exited;
  const second = await startProcess(variables);
  await all(2);
  expect(clients.flatMap(({ refusals }) => refusals)).toEqual([]);
  expect(second.output()).not.toMatch(/"level":(40|50|60)/);
  for (const client of clients) client.close();
  await Promise.all(running);
});
