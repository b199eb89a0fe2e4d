/** Chat and data from a backend to those in a room. */
import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import type { Journal } from '../../lib/journal.ts';
import { isPlainJson } from '../../protocol/metadata.ts';
import { methods } from '../../protocol/methods.ts';
import { nameOf } from '../../rooms/actor.ts';
import { sendChat, sendData } from '../../rooms/chat.ts';
import type { Room } from '../../rooms/room.ts';
import { type ApiServer, actorOf } from './context.ts';
import { RoomParams, type RoomRoutesOptions } from './rooms.ts';
import { isoOf, PeerId, Timestamp } from './schemas.ts';

/** The longest data, in bytes of JSON. */
const MAX_DATA_BYTES = 16_384;

const To = PeerId.exactOptional().meta({
  description: 'The one peer that gets it; all in the room without it.',
});
const ChatLine = z
  .strictObject({ text: methods.chat.params.shape.text, to: To })
  .meta({ examples: [{ text: 'The meeting ends in five minutes.' }] });
const Data = z
  .strictObject({
    topic: z.string().min(1).max(64).meta({ description: 'What it is about, for the application.' }),
    data: z
      .unknown()
      .refine((data) => data !== undefined && isPlainJson(data), {
        message: 'must be JSON with well-formed texts and at most 16 levels',
        abort: true,
      })
      .refine((data) => Buffer.byteLength(JSON.stringify(data)) <= MAX_DATA_BYTES, {
        message: `must have at most ${MAX_DATA_BYTES} bytes as JSON`,
      })
      .meta({ description: `Any JSON of at most ${MAX_DATA_BYTES} bytes.` }),
    to: To,
  })
  .meta({ examples: [{ topic: 'poll', data: { question: 'Lunch?', answers: ['yes', 'no'] } }] });
const Sent = z.object({ id: z.string(), at: Timestamp }).meta({ id: 'SentMessage' });

export function messageRoutes(
  server: ApiServer,
  { rooms, journal }: Pick<RoomRoutesOptions, 'rooms'> & { journal: Journal },
): void {
  server.post(
    '/api/v1/rooms/:room/chat',
    {
      config: { right: 'moderate' },
      schema: {
        operationId: 'sendChat',
        tags: ['Messages'],
        summary: 'Write a line of chat',
        description: 'Told as `chatReceived` with `from: null` to those with the grant `chat`.',
        params: RoomParams,
        body: ChatLine,
        response: { 201: Sent },
      },
    },
    async (request, reply) => {
      const { text, to } = request.body;
      const { id, at } = sendChat(find(request.params.room), undefined, text, to);
      journal({ kind: 'chat-sent', room: request.params.room, actor: nameOf(actorOf(request)) });
      return reply.code(201).send({ id, at: isoOf(at) });
    },
  );

  server.post(
    '/api/v1/rooms/:room/data',
    {
      config: { right: 'moderate' },
      schema: {
        operationId: 'sendData',
        tags: ['Messages'],
        summary: 'Send data',
        description: 'Told as `dataReceived` to those with the grant `data`, in order and complete.',
        params: RoomParams,
        body: Data,
        response: { 201: Sent },
      },
    },
    async (request, reply) => {
      const { topic, data, to } = request.body;
      const message = { topic, data, ...(to !== undefined && { to }) };
      const { id, at } = sendData(find(request.params.room), message);
      journal({
        kind: 'data-sent',
        room: request.params.room,
        actor: nameOf(actorOf(request)),
        target: topic,
      });
      return reply.code(201).send({ id, at: isoOf(at) });
    },
  );

  function find(name: string): Room {
    const room = rooms.find(name);
    if (!room) throw new AppError('not_found', 'nobody is in this room');
    return room;
  }
}
