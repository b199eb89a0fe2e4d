/** A whole server that tells events at a rate which the bench sets, beside those of its rooms. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../../tests/support/server.ts';

/** The events are those of so many rooms. */
const ROOMS = 50;
const TICK_MS = 5;

const dataDir = mkdtempSync(join(tmpdir(), 'aq-bench-'));
const server = await startServer({
  DATA_DIR: dataDir,
  LOG_LEVEL: 'warn',
  MAX_WAITING: '10000',
  WEBHOOK_URLS: process.argv[2] ?? '',
  WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1',
});
let rate = 0;
let number = 0;
let due = 0;
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  due += (rate * (now - last)) / 1000;
  last = now;
  for (; due >= 1; due--) {
    const room = `told-${++number % ROOMS}`;
    const data = {
      room: { id: room, name: room },
      number,
      peer: { id: 'p', user_id: 'u', name: 'n', user_type: 'guest' },
    };
    server.app.outbox?.add({ type: 'peer.joined', stream: `room:${room}`, data });
  }
}, TICK_MS);

process.on('message', async (message: { rate?: number; close?: boolean }) => {
  if (message.close) {
    await server.close();
    rmSync(dataDir, { recursive: true });
    process.exit();
  }
  rate = message.rate ?? 0;
  process.send?.({ number, waiting: server.app.outbox?.waiting, cpu: process.cpuUsage() });
});
process.send?.({ url: server.url });
