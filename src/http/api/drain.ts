/** `POST /api/v1/drain`: takes this node out of service without ending what goes on. */
import { z } from 'zod';
import { type ApiServer, apiKeyOf } from './context.ts';
import { Timestamp } from './schemas.ts';

export interface DrainOptions {
  /** Both in milliseconds. */
  drain: (options: { deadlineMs: number; spreadMs: number }) => { deadline: Date };
}

const DAY_SECONDS = 86_400;

const Drain = z
  .strictObject({
    deadline_seconds: z.int().min(0).max(DAY_SECONDS).default(3600).meta({
      description: 'When those who are left have to go.',
    }),
    spread_seconds: z.int().min(0).max(300).default(10).meta({
      description: 'Over how long they come back, each at a random moment.',
    }),
  })
  .meta({ examples: [{ deadline_seconds: 1800 }, { deadline_seconds: 0, spread_seconds: 5 }] });

export function drainRoute(server: ApiServer, { drain }: DrainOptions): void {
  server.post(
    '/api/v1/drain',
    {
      config: { right: 'admin' },
      schema: {
        operationId: 'drain',
        tags: ['Server'],
        summary: 'Drain the server',
        description:
          'Refuses new rooms with `draining`. When the last room is empty, or at the deadline, it asks those who are left to come back and exits. `GET /ready` answers 503 meanwhile. A second request sets another deadline.',
        body: Drain,
        response: { 202: z.object({ deadline: Timestamp }) },
      },
    },
    async (request, reply) => {
      apiKeyOf(request).requireAllRooms();
      const { deadline_seconds, spread_seconds } = request.body;
      const { deadline } = drain({ deadlineMs: 1000 * deadline_seconds, spreadMs: 1000 * spread_seconds });
      return reply.code(202).send({ deadline: deadline.toISOString() });
    },
  );
}
