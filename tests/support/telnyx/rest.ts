/** A fake of Telnyx's REST API: what the dialer and its diagnosis ask of it, in the formats of the real one. */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import jwt from 'jsonwebtoken';
import { type Answer, bodyOf, find, page, parseObject, Refusal, refuse, send } from './answers.ts';
import { Faults, meet } from './faults.ts';
import {
  type Connection,
  type Credential,
  makeConnection,
  makeCredential,
  makeNumber,
  type OutboundVoiceProfile,
  type PhoneNumber,
} from './records.ts';

export interface RecordedRequest {
  method: string;
  /** Without the `/v2` and the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

/** An account at Telnyx with one API key. A test changes its records as a person does in the portal. */
export class FakeTelnyx {
  readonly apiKey = `KEY${randomBytes(16).toString('hex').toUpperCase()}`;
  readonly credentials = new Map<string, Credential>();
  readonly connections = new Map<string, Connection>();
  readonly profiles = new Map<string, OutboundVoiceProfile>();
  readonly numbers: PhoneNumber[] = [];
  readonly faults = new Faults();
  /** All requests, in the order of their coming; those that met a fault too. */
  readonly requests: RecordedRequest[] = [];
  /** How long tokens live. */
  tokenTtlSeconds = 86_400;
  readonly #tokenSecret = randomBytes(64);
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    const profile = {
      id: 'profile-1',
      record_type: 'outbound_voice_profile',
      name: 'all',
      enabled: true,
    } as const;
    this.profiles.set(profile.id, { ...profile, whitelisted_destinations: ['US', 'CA'] });
  }

  /** Listens at a free port of 127.0.0.1. */
  static async listen(): Promise<FakeTelnyx> {
    const fake = new FakeTelnyx();
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  /** What stands in the place of `https://api.telnyx.com/v2`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v2`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  addConnection(given: Partial<Connection> = {}): Connection {
    const connection = makeConnection(given);
    this.connections.set(connection.id, connection);
    return connection;
  }

  addCredential(connection: Connection, given: { name?: string; expires_at?: string } = {}): Credential {
    const credential = makeCredential({ connection_id: connection.id, ...given });
    this.credentials.set(credential.id, credential);
    return credential;
  }

  addNumber(number: string, connection?: Connection): PhoneNumber {
    const record = makeNumber(number, connection);
    this.numbers.push(record);
    return record;
  }

  /** The credential that a login token is for; undefined where Telnyx would refuse the login. */
  credentialOf(token: string): Credential | undefined {
    try {
      const { sub } = jwt.verify(token, this.#tokenSecret, { algorithms: ['HS512'] });
      return typeof sub === 'string' ? this.credentials.get(sub) : undefined;
    } catch {
      return undefined;
    }
  }

  /** How often a route was asked: `POST /telephony_credentials/…/token`, with `…` for an id. */
  count(route: string): number {
    const [method, path = ''] = route.split(' ');
    const pattern = new RegExp(`^${path.replaceAll('…', '[^/]+')}$`);
    return this.requests.filter((request) => request.method === method && pattern.test(request.path)).length;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url);
    const path = url.pathname.replace(/^\/v2/, '');
    const method = request.method ?? '';
    const body = await bodyOf(request);
    this.requests.push({ method, path, query: url.searchParams, headers: request.headers, body });
    const fault = this.faults.take(`${method} ${path}`);
    if (fault && fault.kind !== 'lose') return meet(fault, request, response);
    response.setHeader('x-request-id', randomUUID());
    response.setHeader('x-ratelimit-limit', '200');
    response.setHeader('x-ratelimit-remaining', '199');
    response.setHeader('x-ratelimit-reset', '1');
    try {
      this.#authenticate(request);
      const answer = this.#route(method, path, url.searchParams, body);
      if (fault) meet(fault, request, response);
      else send(response, answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(response, error);
    }
  }

  #authenticate({ headers }: IncomingMessage): void {
    if (headers.authorization === `Bearer ${this.apiKey}`) return;
    throw new Refusal(401, 'Could not find any usable credentials in the request.');
  }

  #route(method: string, path: string, query: URLSearchParams, body: string): Answer {
    const [, resource = '', id = '', action] = path.split('/');
    const route = `${method} ${resource}${id && '/:id'}${action ? `/${action}` : ''}`;
    switch (route) {
      case 'POST telephony_credentials':
        return { status: 201, body: { data: this.#createCredential(parseObject(body)) } };
      case 'GET telephony_credentials':
        return { status: 200, body: page(this.#listCredentials(query), query) };
      case 'GET telephony_credentials/:id':
        return { status: 200, body: { data: find(this.credentials, id) } };
      case 'PATCH telephony_credentials/:id':
        return { status: 200, body: { data: Object.assign(find(this.credentials, id), parseObject(body)) } };
      case 'DELETE telephony_credentials/:id':
        return { status: 200, body: { data: this.#deleteCredential(id) } };
      case 'POST telephony_credentials/:id/token':
        return { status: 201, body: this.#createToken(find(this.credentials, id)) };
      case 'GET credential_connections':
        return { status: 200, body: page([...this.connections.values()], query) };
      case 'GET credential_connections/:id':
        return { status: 200, body: { data: find(this.connections, id) } };
      case 'GET outbound_voice_profiles/:id':
        return { status: 200, body: { data: find(this.profiles, id) } };
      case 'GET phone_numbers':
        return { status: 200, body: page(this.#listNumbers(query), query) };
      default:
        throw new Refusal(404, 'The requested resource or URL could not be found.');
    }
  }

  #createCredential(given: Record<string, unknown>): Credential {
    const { connection_id, name, expires_at } = given;
    if (typeof connection_id !== 'string' || !this.connections.has(connection_id)) {
      throw new Refusal(422, 'The connection_id is not one of a credential connection.');
    }
    const credential = makeCredential({
      connection_id,
      ...(typeof name === 'string' && { name }),
      ...(typeof expires_at === 'string' && { expires_at }),
    });
    this.credentials.set(credential.id, credential);
    return credential;
  }

  #deleteCredential(id: string): Credential {
    const credential = find(this.credentials, id);
    this.credentials.delete(id);
    return credential;
  }

  #listCredentials(query: URLSearchParams): Credential[] {
    const [name, resource] = [query.get('filter[name]'), query.get('filter[resource_id]')];
    return [...this.credentials.values()].filter(
      (one) => (name === null || one.name === name) && (resource === null || one.resource_id === resource),
    );
  }

  #listNumbers(query: URLSearchParams): PhoneNumber[] {
    const connection = query.get('filter[connection_id]');
    const digits = query.get('filter[phone_number]');
    return this.numbers.filter(
      (one) =>
        (connection === null || one.connection_id === connection) &&
        (digits === null || (/^\d{3,}$/.test(digits) && one.phone_number.includes(digits))),
    );
  }

  /** 24 hours, or until the credential ends. */
  #createToken(credential: Credential): string {
    const iat = Math.floor(Date.now() / 1000);
    const end = Math.floor(Date.parse(`${credential.expires_at.replace(/Z?$/, 'Z')}`) / 1000);
    const exp = Math.min(iat + this.tokenTtlSeconds, end);
    const claims = {
      aud: 'telnyx_telephony',
      exp,
      iat,
      iss: 'telnyx_telephony',
      jti: randomUUID(),
      nbf: iat - 1,
    };
    const own = { sub: credential.id, tel_token: randomBytes(24).toString('base64url'), typ: 'access' };
    return jwt.sign({ ...claims, ...own }, this.#tokenSecret, { algorithm: 'HS512' });
  }
}
