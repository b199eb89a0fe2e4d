// A backend that steers rooms, in Node, with the package of the SDK: dist/sdk-package, or `npm pack` of it.
import { createServer } from 'node:http';
import { AqServer } from 'aq-server-sdk/backend';

const { AQ_SERVER = 'https://your.host', AQ_API_KEY, WEBHOOK_SECRET, PORT = '3000' } = process.env;
const aq = new AqServer({ url: AQ_SERVER, apiKey: AQ_API_KEY, webhookSecrets: [WEBHOOK_SECRET] });

// A room of its own, with a limit, and a token for its host.
await aq.rooms.room('meeting').set({ max_peers: 20, metadata: { title: 'Planning' } });
const { token } = await aq.tokens.create({ room: 'meeting', user_id: 'alice', user_type: 'host', ttl: 600 });
console.log(`token ${token}`);

// Who joins is greeted. An event may come twice: its id tells.
const seen = new Set();
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  try {
    const event = await aq.webhooks.verify(body, request.headers);
    if (event.type === 'peer.joined' && !seen.has(event.id)) {
      seen.add(event.id);
      await aq.rooms.room(event.data.room.name).chat(`Welcome, ${event.data.peer.name}!`);
    }
    response.writeHead(204).end();
  } catch {
    response.writeHead(400).end();
  }
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`port ${server.address().port}`));
