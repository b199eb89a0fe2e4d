/** A receiver in a process of its own: answers at once, and counts by the time on which the sender wrote. */
import { createServer } from 'node:http';

const ages: number[] = [];
const lastOf = new Map<string, number>();
let disordered = 0;

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  response.writeHead(204).end();
  const { timestamp, data } = JSON.parse(body);
  ages.push(Date.now() - Date.parse(timestamp));
  if (data.number <= (lastOf.get(data.room.name) ?? 0)) disordered++;
  lastOf.set(data.room.name, data.number);
});

process.on('message', () => {
  process.send?.({ ages: ages.splice(0), disordered });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 });
});
