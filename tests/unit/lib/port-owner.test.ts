import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findPortOwner } from '../../../src/lib/port-owner.ts';

const onLinux = test.skipIf(process.platform !== 'linux');
const us = { pid: process.pid, name: expect.any(String) };

onLinux.each(['127.0.0.1', '::1', '::'])('whoever listens at %s over TCP is found', async (host) => {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(findPortOwner('tcp', port)).toEqual(us);
  expect(findPortOwner('udp', port)).toBeUndefined();
  server.close();
  await once(server, 'close');
  expect(findPortOwner('tcp', port)).toBeUndefined();
});

onLinux('whoever has a port over UDP is found', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  expect(findPortOwner('udp', socket.address().port)).toEqual(us);
  expect(findPortOwner('tcp', socket.address().port)).toBeUndefined();
});
