/**
 * Records the offers of all clients into `tests/unit/sdp/corpus`: `node tests/support/sdp-clients/record.ts [NAME…]`. The
 * loopback address takes the place of this machine's others.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { canRun, firefox, RunningClient, sdpClients } from './clients.ts';

const CORPUS = join(import.meta.dirname, '../../unit/sdp/corpus');
const names = process.argv.slice(2);

await mkdir(CORPUS, { recursive: true });
for (const client of [...sdpClients, firefox]) {
  if (names.length > 0 && !names.includes(client.name)) continue;
  if (!(await canRun(client))) {
    process.stdout.write(`${client.name} cannot run here\n`);
    continue;
  }
  for (const mode of client.modes) {
    if (mode === 'answer') continue;
    const name = `${mode}-${client.name}.sdp`;
    const offer = await recordOffer((url) => new RunningClient(client, mode, url));
    await writeFile(join(CORPUS, name), withoutAddresses(offer));
    process.stdout.write(`${name}\n`);
  }
}

async function recordOffer(start: (url: string) => RunningClient): Promise<string> {
  const offered = Promise.withResolvers<string>();
  const server = createServer(async (request, response) => {
    offered.resolve(await text(request));
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = start(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const ended = client.reported(() => false);
  const offer = await Promise.race([offered.promise, ended]);
  ended.catch(() => {});
  await client.close();
  server.closeAllConnections();
  server.close();
  if (typeof offer !== 'string') throw new Error('no offer');
  return offer;
}

/** Only the loopback addresses stay, with documentation's in the place of others (RFC 5737). */
function withoutAddresses(offer: string): string {
  return offer
    .replace(/\b(?!127\.0\.0\.1\b|0\.0\.0\.0\b)\d{1,3}(\.\d{1,3}){3}\b/g, '192.0.2.1')
    .replace(/ (?!::1 )[0-9a-f]{1,4}:[0-9a-f:]*:[0-9a-f:]+ /gi, ' 2001:db8::1 ')
    .replace(/[\w-]+\.local/g, '5b2f0d7e-3c64-4c1f-9a55-0c4a3d8f1b11.local');
}
