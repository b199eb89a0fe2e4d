/** Ports for what cannot bind port 0, or has to come back at the port that it had. */
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Where tests listen: the second address is that of the proxies before a far server. */
const HOSTS = ['127.0.0.1', '127.0.0.2'];

/**
 * A port that is free for UDP and TCP. It is below those that the system gives away by itself, so that nothing takes it
 * before it is used, nor while what has it is stopped and started again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const free = await Promise.all(
      HOSTS.flatMap((host) => [
        isFree(createSocket('udp4').bind(port, host)),
        isFree(createServer().listen(port, host)),
      ]),
    );
    if (free.every(Boolean)) return port;
  }
}

/** Whether what is about to listen does; it is closed again. */
async function isFree(listening: Socket | Server): Promise<boolean> {
  const free = await once(listening, 'listening').then(
    () => true,
    () => false,
  );
  if (!free) return false;
  await new Promise<void>((resolve) => void listening.close(() => resolve()));
  return true;
}
