import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { serverProcesses, usageOf } from '../../../../scripts/load/processes.ts';

test.skipIf(process.platform !== 'linux')('finds the process that listens on a port', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  expect(serverProcesses(port)).toEqual([{ pid: process.pid, name: 'node' }]);
  server.close();
  await once(server, 'close');
  expect(serverProcesses(port)).toEqual([]);
});

test.skipIf(process.platform !== 'linux')('tells the CPU time and memory of a process', () => {
  const usage = usageOf(process.pid);
  const own = process.resourceUsage();
  expect(usage?.cpu).toBeGreaterThan(0);
  expect(usage?.cpu).toBeLessThanOrEqual((own.userCPUTime + own.systemCPUTime) / 1e6 + 1);
  expect(usage?.memory).toBeGreaterThan(process.memoryUsage().heapUsed / 2);
  expect(usageOf(2 ** 22 + 1)).toBeUndefined();
});
