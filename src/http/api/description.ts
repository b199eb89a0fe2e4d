/** `GET /api/v1/openapi.json`: the API described by the schemas that check its requests and answers. */
import swagger from '@fastify/swagger';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import type { ApiServer } from './context.ts';
import { completeDocument } from './document.ts';

/** Of the API, by semantic versioning. What breaks callers gets another path than `/api/v1`. */
const API_VERSION = '1.0.0';

const ABOUT = `Backends steer rooms with this API. Requests carry an API key of \`npm run keys\` as \`Authorization: Bearer aqk_…\`.

- Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`.
- Requests that change something take an \`Idempotency-Key\`: sent again within a day, they are answered as the first time and
  done once. The same key with another request is 409 \`idempotency_conflict\`.
- A read after a change shows the change. Lists have pages: hand \`next\` back as \`cursor\`.
- A 429 says in \`Retry-After\` when to come back.`;

const TAGS = [
  { name: 'Tokens', description: 'Who may enter which room.' },
  { name: 'Rooms', description: 'Rooms and what is set of them.' },
  { name: 'Peers', description: 'Who is in a room, and what may be done about it.' },
  { name: 'Lobby', description: 'Who waits to be admitted.' },
  { name: 'Bans', description: 'Who may not come back.' },
  { name: 'Messages', description: 'Chat and data from the backend.' },
  { name: 'Invitations', description: 'Codes that become tokens.' },
  { name: 'Calls', description: 'Of the softphones.' },
  { name: 'Audit', description: 'What has happened.' },
  { name: 'Server', description: 'This server itself.' },
  { name: 'Webhooks', description: 'Events that could not be delivered.' },
];

/** Has the server collect the routes that are registered after this. */
export async function describeApi(server: ApiServer): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'aq-server', version: API_VERSION, description: ABOUT },
      tags: TAGS,
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'A key of `npm run keys`.' },
        },
      },
    },
    hideUntagged: true,
    transform: createJsonSchemaTransform({}),
    transformObject: createJsonSchemaTransformObject({}),
  });
  let text: string | undefined;
  server.get('/api/v1/openapi.json', async (_request, reply) => {
    text ??= JSON.stringify(completeDocument(server.swagger() as OpenAPIV3_1.Document));
    return reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache').send(text);
  });
}
