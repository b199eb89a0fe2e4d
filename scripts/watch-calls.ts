/**
 * Shows the events of calls in a terminal, a line of JSON each, and comes back with `since` when the socket is lost.
 * Exit status 1 where the server refuses the token.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { retryDelay } from '../src/client/backoff.ts';
import { mayRetry } from '../src/protocol/codes.ts';
import { COMMANDS } from './commands.js';
import { parseOptions, refuse } from './options.ts';

const { usage } = COMMANDS['watch-calls'];
const { values } = parseOptions(usage, {
  options: {
    url: { type: 'string', default: 'http://localhost:8080' },
    token: { type: 'string', default: process.env.TOKEN ?? '' },
    since: { type: 'string' },
  },
});
if (values.token === '') refuse(usage, 'There is no token: set TOKEN.');
/** Past every event: the server then tells which is the last, and nothing of before. */
const FROM_NOW_ON = '999999999999999';

let since = values.since ?? FROM_NOW_ON;
let failures = 0;
for (;;) {
  const { close, reason } = await watch();
  say(`closed: ${close} ${reason}`);
  if (!mayRetry(close, reason)) process.exit(1);
  await sleep(retryDelay(failures++));
}

/** Resolves when the socket has closed. */
function watch(): Promise<{ close: number; reason: string }> {
  const address = new URL('/ws', values.url.replace(/^http/, 'ws'));
  address.searchParams.set('since', since);
  const socket = new WebSocket(address, { headers: { authorization: `Bearer ${values.token}` } });
  socket.on('message', (data) => show(data.toString()));
  socket.on('error', (error) => say(error.message));
  return new Promise((resolve) => {
    socket.once('close', (close, reason) => resolve({ close, reason: reason.toString() }));
  });
}

function show(frame: string): void {
  const { event, seq, data } = JSON.parse(frame);
  failures = 0;
  // What was caught up counts as seen, and so does the number of each event.
  const seen = seq ?? (event === 'caught-up' ? data.seq : undefined);
  if (seen !== undefined) since = String(seen);
  process.stdout.write(`${frame}\n`);
}

/** Beside the events, so that they can be piped. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
