/** How the fake of Telnyx's REST API reads requests and answers them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorBody } from './faults.ts';

/** An answer; without a body it is empty. */
export interface Answer {
  status: number;
  /** An object becomes JSON, a string plain text. */
  body?: object | string;
}

/** Thrown by a route, and answered in Telnyx's shape. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

const JSON_TYPE = 'application/json; charset=utf-8';

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

export function send(response: ServerResponse, { status, body = '' }: Answer): void {
  const [type, text] = typeof body === 'string' ? ['text/plain', body] : [JSON_TYPE, JSON.stringify(body)];
  response.writeHead(status, { 'content-type': type }).end(text);
}

export function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Refused below.
  }
  throw new Refusal(422, 'The body is no JSON object.');
}

export function find<T>(records: ReadonlyMap<string, T>, id: string): T {
  const record = records.get(id);
  if (!record) throw new Refusal(404, 'The requested resource or URL could not be found.');
  return record;
}

export function page<T>(records: readonly T[], query: URLSearchParams): object {
  const number = Number(query.get('page[number]') ?? 1);
  const size = Number(query.get('page[size]') ?? 20);
  return {
    data: records.slice((number - 1) * size, number * size),
    meta: {
      page_number: number,
      page_size: size,
      total_pages: Math.max(1, Math.ceil(records.length / size)),
      total_results: records.length,
    },
  };
}

export function refuse(response: ServerResponse, { status, message }: Refusal): void {
  response.writeHead(status, { 'content-type': JSON_TYPE }).end(errorBody(status, message));
}
