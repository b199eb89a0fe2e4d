/** `npm run webhooks`: lists webhooks that failed and sends them again. `scripts/commands.js` has its options. */
import { AqServer } from '../src/client/backend/index.ts';
import { COMMANDS } from './commands.js';
import { parseOptions, refuse } from './options.ts';

const { usage } = COMMANDS.webhooks;
const { values, positionals } = parseOptions(usage, {
  allowPositionals: true,
  options: {
    url: { type: 'string', default: 'http://localhost:8080' },
    key: { type: 'string' },
    all: { type: 'boolean', default: false },
  },
});
const apiKey = values.key ?? process.env.AQ_API_KEY ?? refuse(usage, 'AQ_API_KEY is not set.');
const { webhooks } = new AqServer({ url: values.url, apiKey });
const [action, id] = positionals;

try {
  if (action === 'failed') await list();
  else if (action === 'resend' && values.all)
    console.log(`${(await webhooks.resendAll()).resent} sent again`);
  else if (action === 'resend' && id) console.log(`${(await webhooks.resend(id)).resent} sent again`);
  else refuse(usage, 'The first word must be failed, or resend with an id or --all.');
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function list(): Promise<void> {
  for await (const { id, url, failed_at, reason, event } of webhooks.failed()) {
    console.log([failed_at, id, event.type, url ?? '-', JSON.stringify(reason)].join(' '));
  }
}
