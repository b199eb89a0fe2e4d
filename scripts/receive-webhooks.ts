/** `npm run receive-webhooks`: prints the webhooks that come, to try them with. `scripts/commands.js` has its options. */
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { config as readDotenv } from 'dotenv';
import { verifyWebhook } from '../src/client/backend/webhook-signature.ts';
import { COMMANDS } from './commands.js';
import { parseOptions, refuse } from './options.ts';

const { usage } = COMMANDS['receive-webhooks'];
const { values } = parseOptions(usage, {
  options: {
    port: { type: 'string', default: '9000' },
    secret: { type: 'string' },
    status: { type: 'string', default: '204' },
    json: { type: 'boolean', default: false },
  },
});
readDotenv({ path: join(import.meta.dirname, '../.env'), quiet: true });
const secret = values.secret ?? process.env.WEBHOOK_SECRETS?.split(',')[0]?.trim();
if (!secret) refuse(usage, 'WEBHOOK_SECRETS is not set, in .env or by --secret.');
const [port, status] = [
  numberOf('--port', values.port, 0, 65_535),
  numberOf('--status', values.status, 200, 599),
];

const server = createServer(async (request, response) => {
  const body = await bodyOf(request);
  try {
    const event = await verifyWebhook(body, request.headers, [secret]);
    const line = values.json ? body : `${event.timestamp} ${event.type} ${JSON.stringify(event.data)}`;
    console.log(line);
    response.writeHead(status).end();
  } catch (error) {
    console.error(`refused: ${error instanceof Error ? error.message : String(error)}`);
    response.writeHead(401).end();
  }
});
server.listen(port, '127.0.0.1', () => {
  const address = server.address();
  const listens = typeof address === 'object' && address ? address.port : port;
  console.error(
    `Set WEBHOOK_URLS=http://127.0.0.1:${listens}/ and WEBHOOK_ALLOWED_NETWORKS=127.0.0.1, and start the server.`,
  );
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function numberOf(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max
    ? value
    : refuse(usage, `${option} must be a number from ${min} to ${max}.`);
}
