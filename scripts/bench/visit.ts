/** `npm run bench:visit`: what a first visit of the room page moves, until the first remote picture. */
import { launch, participate } from '../../tests/support/browser.ts';
import { startServer } from '../../tests/support/server.ts';
import { visit } from '../../tests/support/visit.ts';

const server = await startServer({ LOG_LEVEL: 'silent' });
const browser = await launch();
try {
  await participate(browser, server, { room: 'visited', name: 'Ann' });
  const { requests, bytes } = await visit(browser, `${server.url}/?room=visited&name=Bob&join=1`);
  for (const { url, bytes } of requests) {
    process.stdout.write(`${String(bytes).padStart(9)}  ${new URL(url).pathname}\n`);
  }
  process.stdout.write(`${String(bytes).padStart(9)}  bytes in ${requests.length} requests\n`);
} finally {
  await browser.close();
  await server.close();
}
