/** Requests to the API. */

/** A refusal of the server, or that it cannot be reached. */
export class AqServerError extends Error {
  /** A stable code, such as `not_found`. */
  readonly code: string;
  /** The HTTP status. */
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = 'AqServerError';
    this.code = code;
    this.status = status;
  }
}

export interface HttpOptions {
  /** The server's address, such as `https://rooms.example.com`. */
  url: string;
  /** A key of `npm run keys`. */
  apiKey: string;
  /** How often a request is repeated that may succeed later; 3 by default. */
  retries?: number;
}

/** Answers that may be others later: too many requests, and a server that is busy or closes. */
const RETRIED = new Set([429, 502, 503, 504]);

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Sends requests. Those that change something carry an `Idempotency-Key`, so that they are repeated and done once. */
export class Http {
  readonly #base: string;
  readonly #apiKey: string;
  readonly #retries: number;

  constructor({ url, apiKey, retries = 3 }: HttpOptions) {
    this.#base = `${url.replace(/\/+$/, '')}/api/v1`;
    this.#apiKey = apiKey;
    this.#retries = retries;
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) search.set(name, String(value));
    return this.#send('GET', search.size > 0 ? `${path}?${search}` : path);
  }

  post<T = void>(path: string, body?: object): Promise<T> {
    return this.#send('POST', path, body);
  }

  put<T = void>(path: string, body?: object): Promise<T> {
    return this.#send('PUT', path, body);
  }

  delete(path: string): Promise<void> {
    return this.#send('DELETE', path);
  }

  /** All items of a list, page after page. */
  async *list<T>(path: string, name: string, query: Query = {}): AsyncGenerator<T> {
    let cursor: string | undefined;
    do {
      const page = await this.get<{ next: string | null } & Record<string, T[]>>(path, { ...query, cursor });
      yield* page[name] ?? [];
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  async #send<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = {
      authorization: `Bearer ${this.#apiKey}`,
      ...(body && { 'content-type': 'application/json' }),
      ...(method !== 'GET' && { 'idempotency-key': crypto.randomUUID() }),
    };
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    for (let attempt = 0; ; attempt++) {
      const response = await fetch(`${this.#base}${path}`, request);
      if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
      if (attempt >= this.#retries || !RETRIED.has(response.status)) throw await errorOf(response);
      const seconds = Number(response.headers.get('retry-after')) || 2 ** attempt / 2;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  }
}

/** A path whose parts may be any text. */
export function path(...parts: string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}

async function errorOf(response: Response): Promise<AqServerError> {
  const problem: unknown = await response.json().catch(() => ({}));
  const { code = 'unknown', detail = response.statusText } = problem as { code?: string; detail?: string };
  return new AqServerError(code, response.status, detail);
}
