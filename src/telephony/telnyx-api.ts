/**
 * What this server asks of Telnyx's REST API, over plain `fetch`: the handful of requests here are shorter than the
 * loading of Telnyx's own package, which costs each process a quarter of a second and 40 MB, is 20 MB on disk, and
 * would have to be told apart into our codes all the same. The tests have that package on the other side.
 *
 * Each method asks once; `withRetries` asks again. All throw AppError: `telnyx_key_refused`, `telnyx_not_found`,
 * `telnyx_refused` and `telnyx_unavailable`, of which the last may pass by itself.
 */
import { z } from 'zod';
import { AppError } from '../lib/errors.ts';
import { parseRetryAfter, TelnyxUnavailable } from './retry.ts';

const Credential = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  expired: z.boolean().nullish(),
  expires_at: z.string().nullish(),
  /** `connection:` and the id of its connection. */
  resource_id: z.string().nullish(),
});
export type Credential = z.infer<typeof Credential>;

const Connection = z.object({
  id: z.string().min(1),
  active: z.boolean().nullish(),
  connection_name: z.string().nullish(),
  user_name: z.string().nullish(),
  dtmf_type: z.string().nullish(),
  encrypted_media: z.string().nullish(),
  webhook_api_version: z.string().nullish(),
  webhook_event_url: z.string().nullish(),
  inbound: z.object({ codecs: z.array(z.string()).nullish(), channel_limit: z.number().nullish() }).nullish(),
  outbound: z
    .object({
      outbound_voice_profile_id: z.string().nullish(),
      channel_limit: z.number().nullish(),
      call_parking_enabled: z.boolean().nullish(),
    })
    .nullish(),
});
export type Connection = z.infer<typeof Connection>;

const OutboundProfile = z.object({
  id: z.string(),
  name: z.string().nullish(),
  enabled: z.boolean().nullish(),
});
export type OutboundProfile = z.infer<typeof OutboundProfile>;

const PhoneNumber = z.object({
  phone_number: z.string(),
  status: z.string().nullish(),
  connection_id: z.string().nullish(),
});
export type PhoneNumber = z.infer<typeof PhoneNumber>;

export interface TelnyxApiOptions {
  /** The base of the API, as `https://api.telnyx.com/v2`. */
  url: string;
  apiKey: string;
  /** How long an answer may take, in milliseconds. */
  timeoutMs?: number;
  /** Ends what is on its way. */
  signal?: AbortSignal;
}

const TIMEOUT_MS = 10_000;
/** The longest that is read of an answer, in characters: all that is asked for here is far shorter. */
const MAX_ANSWER_LENGTH = 1_000_000;
/** The most that Telnyx lists on one page, and the most pages that are asked for. */
const PAGE_SIZE = '250';
const MAX_PAGES = 40;

export class TelnyxApi {
  readonly #options: TelnyxApiOptions;

  constructor(options: TelnyxApiOptions) {
    this.#options = options;
  }

  /** A new login token for a credential: the bare JWT, as Telnyx sent it. */
  async createToken(credentialId: string): Promise<string> {
    return this.#request('POST', `/telephony_credentials/${credentialId}/token`);
  }

  /** Asks for the smallest thing that needs the key. */
  async checkKey(): Promise<void> {
    await this.#request('GET', '/telephony_credentials?page[size]=1');
  }

  /** The credential of this name in a connection, if there is one that has not ended. */
  async findCredential(connectionId: string, name: string): Promise<Credential | undefined> {
    const resource = `connection:${connectionId}`;
    const filter = { 'filter[name]': name, 'filter[resource_id]': resource };
    const found = await this.#list('/telephony_credentials', filter, Credential);
    return found.find((one) => one.name === name && one.resource_id === resource && !one.expired);
  }

  /** Makes a credential; Telnyx needs about five seconds until a login with it succeeds. */
  async createCredential(connectionId: string, name: string, expiresAt?: Date): Promise<Credential> {
    const expiry = expiresAt && { expires_at: expiresAt.toISOString() };
    const body = JSON.stringify({ connection_id: connectionId, name, ...expiry });
    return parseData(await this.#request('POST', '/telephony_credentials', body), Credential);
  }

  async getCredential(id: string): Promise<Credential> {
    return this.#get(`/telephony_credentials/${id}`, Credential);
  }

  async deleteCredential(id: string): Promise<void> {
    await this.#request('DELETE', `/telephony_credentials/${id}`);
  }

  async getConnection(id: string): Promise<Connection> {
    return this.#get(`/credential_connections/${id}`, Connection);
  }

  /** The credential connection with this SIP user name. */
  async findConnection(userName: string): Promise<Connection | undefined> {
    const connections = await this.#list('/credential_connections', {}, Connection);
    return connections.find((one) => one.user_name === userName);
  }

  async getOutboundProfile(id: string): Promise<OutboundProfile> {
    return this.#get(`/outbound_voice_profiles/${id}`, OutboundProfile);
  }

  /** The numbers whose calls go to a connection. */
  async listNumbers(connectionId: string): Promise<PhoneNumber[]> {
    return this.#list('/phone_numbers', { 'filter[connection_id]': connectionId }, PhoneNumber);
  }

  /** A number of the account's, in E.164. */
  async findNumber(number: string): Promise<PhoneNumber | undefined> {
    // Telnyx finds nothing for what is no digit, the plus too.
    const filter = { 'filter[phone_number]': number.replace(/\D/g, '') };
    const found = await this.#list('/phone_numbers', filter, PhoneNumber);
    return found.find((one) => one.phone_number === number);
  }

  async #get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return parseData(await this.#request('GET', path), schema);
  }

  /** All pages of a list. */
  async #list<T>(path: string, filter: Record<string, string>, schema: z.ZodType<T>): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1, pages = 1; page <= pages; page++) {
      const query = new URLSearchParams({ ...filter, 'page[number]': `${page}`, 'page[size]': PAGE_SIZE });
      const text = await this.#request('GET', `${path}?${query}`);
      all.push(...parseData(text, z.array(schema)));
      pages = Math.min(PageMeta.safeParse(parseJson(text)).data?.meta.total_pages ?? 1, MAX_PAGES);
    }
    return all;
  }

  /** The body of the answer, if it is a good one. */
  async #request(method: string, path: string, body?: string): Promise<string> {
    const { url, apiKey, timeoutMs = TIMEOUT_MS, signal } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}${path}`, {
        method,
        headers: {
          accept: 'application/json, text/plain',
          authorization: `Bearer ${apiKey}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      text = (await response.text()).slice(0, MAX_ANSWER_LENGTH);
    } catch (error) {
      signal?.throwIfAborted();
      const reason = timeout.aborted ? `no answer in ${timeoutMs} ms` : reasonOf(error);
      throw new TelnyxUnavailable(`Telnyx cannot be reached: ${reason}`, { cause: error });
    }
    if (!response.ok) throw refusal(response, text);
    return text;
  }
}

/** Our error for an answer that is none of success. Telnyx's own codes have several meanings; the status has one. */
function refusal({ status, headers }: Response, text: string): AppError {
  const detail = detailOf(text) ?? `status ${status}`;
  if (status === 401 || status === 403) {
    return new AppError('telnyx_key_refused', `Telnyx refuses the key in TELNYX_API_KEY (${detail})`);
  }
  if (status === 404) return new AppError('telnyx_not_found', `Telnyx does not find it: ${detail}`);
  if (status === 408 || status === 429 || status >= 500) {
    const retryAfterMs = parseRetryAfter(headers);
    const said = `Telnyx cannot answer now (status ${status}): ${detail}`;
    return new TelnyxUnavailable(said, retryAfterMs === undefined ? {} : { retryAfterMs });
  }
  return new AppError('telnyx_refused', `Telnyx refuses this: ${detail}`);
}

const Envelope = z.object({ data: z.unknown() });
const PageMeta = z.object({ meta: z.object({ total_pages: z.number() }) });
const ErrorBody = z.object({
  errors: z.array(z.object({ title: z.string().optional(), detail: z.string().optional() })).min(1),
});

/** What Telnyx says is wrong; undefined where somebody else answered in its place. */
function detailOf(text: string): string | undefined {
  const parsed = ErrorBody.safeParse(parseJson(text));
  const first = parsed.data?.errors[0];
  return first?.detail ?? first?.title;
}

/** All that Telnyx shows is under `data`. */
function parseData<T>(text: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(Envelope.safeParse(parseJson(text)).data?.data);
  if (parsed.success) return parsed.data;
  throw new AppError('telnyx_unavailable', 'Telnyx answered with something that is not in its format');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch failed` says nothing: the reason is its cause, such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return String(cause);
}
