/** A backend's client for tests: requests with an API key, and answers that are checked. */
import { type ApiKeyRecord, createApiKey, type NewApiKey } from '../../src/auth/api-key-table.ts';
import type { TestServer } from './server.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect
  readonly body: any;
}

export type ApiCall = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<ApiAnswer>;

/** Makes a key of a server that runs, with all rights by default, and returns its text. */
export function makeKey(server: TestServer, key: Partial<NewApiKey> = {}): string {
  const { name = `backend-${Math.random()}`, rights = ['admin'], roomPrefix = '', expiresAt } = key;
  return server.app.database.read((sql) =>
    createApiKey(sql, { name, rights, roomPrefix, expiresAt }, Date.now()),
  );
}

/** Sends requests with a key. The paths begin behind `/api/v1`. */
export function backend(server: { url: string }, key: string | undefined): ApiCall {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
}

export type { ApiKeyRecord };
