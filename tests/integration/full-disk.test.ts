/** What a host, a backend and an operator get while the disk is full, and after it (PROTOCOL.md, rules A12 and A13). */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { socketTo, tokenOf, upgradeCode } from '../support/door.ts';
import { type ServerProcess, startProcess } from '../support/process.ts';
import { RawClient, refusal } from '../support/raw-client.ts';
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from '../support/small-disk.ts';
import { WebhookSender, webhookEvent } from '../support/telnyx/webhooks.ts';

const noDisk = whyNoSmallDisk();
const sender = new WebhookSender();

/** Starts a server whose data is on the disk. */
function startOn(disk: SmallDisk): Promise<ServerProcess> {
  return startProcess({ DATA_DIR: join(disk.folder, 'data'), TELNYX_PUBLIC_KEY: sender.publicKey });
}

async function health(server: ServerProcess): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}/health`);
  const body = (await response.json()) as Record<string, unknown>;
  return { code: response.status, ...body };
}

function sendCall(server: ServerProcess): Promise<number> {
  return sender.send(
    `${server.url}/webhooks/telnyx`,
    webhookEvent('call.initiated', { from: 'x'.repeat(9000) }),
  );
}

/** Fills the disk, until the first webhook cannot be stored. */
async function fill(disk: SmallDisk, server: ServerProcess): Promise<void> {
  disk.fill();
  let status = 0;
  while (status !== 503) {
    status = await sendCall(server);
    expect([200, 503]).toContain(status);
  }
}

function joinAs(
  server: ServerProcess,
  room: string,
  user_id: string,
  user_type = 'guest',
): Promise<RawClient> {
  return RawClient.join({ ...server, token: () => tokenOf({ room, user_id, user_type }) });
}

/** A token that is younger than any cut-off of now. */
const younger = (room: string, user_id: string) => tokenOf({ room, user_id }, 4);

describe.skipIf(noDisk)(`[A13] a disk that is full${noDisk ? ` (skipped: ${noDisk})` : ''}`, () => {
  test('acts count at once, nothing is answered as done, and all is stored when there is room', async () => {
    const disk = mountSmallDisk();
    const server = await startOn(disk);
    const host = await joinAs(server, 'red', 'hanna', 'host');
    const [bob, eve] = [await joinAs(server, 'red', 'bob'), await joinAs(server, 'red', 'eve')];
    const blueHost = await joinAs(server, 'blue', 'hanna', 'host');
    const blueGuest = await joinAs(server, 'blue', 'gus');
    await host.request('banUser', { userId: 'zoe' });
    await fill(disk, server);

    expect(await refusal(host.request('banUser', { userId: 'bob' }))).toBe('storage_unavailable');
    expect(await bob.closed).toEqual({ close: 4403, reason: 'banned' });
    expect(await upgradeCode(server, younger('red', 'bob'))).toBe('banned');
    expect(await refusal(host.request('removePeer', { peerId: eve.id }))).toBe('storage_unavailable');
    expect(await eve.closed).toEqual({ close: 4403, reason: 'removed' });
    expect(await refusal(host.request('unbanUser', { userId: 'zoe' }))).toBe('storage_unavailable');
    expect(await upgradeCode(server, younger('red', 'zoe'))).toBe('accepted');
    expect(await refusal(host.request('setLocked', { locked: true }))).toBe('storage_unavailable');
    expect(await host.next('roomUpdated')).toMatchObject({ locked: true });
    expect(await refusal(blueHost.request('endRoom', {}))).toBe('storage_unavailable');
    expect(await blueGuest.closed).toEqual({ close: 4410, reason: 'room_ended' });
    expect(await sendCall(server)).toBe(503);
    expect(await health(server)).toMatchObject({
      code: 200,
      status: 'degraded',
      storage: { fault: 'full', unsaved: expect.any(Number), lost: 0 },
    });

    disk.free();
    await expect.poll(async () => (await health(server)).status).toBe('healthy');
    expect(await sendCall(server)).toBe(200);
    expect((await health(server)).storage).toBeUndefined();
    server.child.kill('SIGKILL');
    await server.exited;

    const again = await startOn(disk);
    expect(await upgradeCode(again, younger('red', 'bob'))).toBe('banned');
    expect(await upgradeCode(again, tokenOf({ room: 'red', user_id: 'eve' }, -30))).toBe('token_revoked');
    const zoe = new RawClient(socketTo(again, younger('red', 'zoe')));
    expect((await zoe.closed).reason).toBe('room_locked');
    expect(await upgradeCode(again, tokenOf({ room: 'blue', user_id: 'new' }, -30))).toBe('token_revoked');
    again.child.kill('SIGTERM');
    expect(await again.exited).toBe(0);
  });

  test('the log says once that nothing can be stored, and how much is lost at the end', async () => {
    const disk = mountSmallDisk();
    const server = await startOn(disk);
    const host = await joinAs(server, 'red', 'hanna', 'host');
    await fill(disk, server);
    for (const userId of ['a', 'b', 'c']) await refusal(host.request('banUser', { userId }));
    server.child.kill('SIGTERM');
    expect(await server.exited).toBe(0);
    const errors = server
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([
      { fault: 'full', msg: 'changes cannot be stored, trying again' },
      { changes: expect.any(Number), msg: 'changes that could not be stored are lost' },
    ]);
  });
});
