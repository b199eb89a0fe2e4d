/** What the page asks of the server, always with the agent's token. */
import type { LoginToken } from '../../phone/login.ts';

/** The server said no, or nothing; `code` is its own, or `unreachable`. */
export class ServerError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Of `GET /api/v1/telephony/config`. */
export interface TelephonyConfig {
  /** What the server has for a softphone to log in with. */
  login: 'token' | 'credentials';
  /** The numbers that one may call from, in E.164. */
  from_numbers: string[];
  /** Where Telnyx's WebSocket is, where it is not Telnyx's own: `wss://host`. */
  host?: string;
  /** How often it is checked that Telnyx has the softphone, in seconds. */
  check_seconds: number;
  ice_servers?: RTCIceServer[];
}

/** Of `GET /api/v1/calls`; times are ISO 8601. */
export interface WireCall {
  id: string;
  state: string | null;
  legs: WireLeg[];
}

export interface WireLeg {
  from: string | null;
  to: string | null;
  /** `incoming` or `outgoing`. */
  direction: string | null;
  started_at: string | null;
  answered_at: string | null;
  ended_at: string | null;
  hangup_cause: string | null;
}

export interface SipCredentials {
  username: string;
  password: string;
}

/** The server's routes for softphones. Each method throws ServerError, or what `getToken` throws. */
export class Server {
  readonly #getToken: () => Promise<string>;

  constructor(getToken: () => Promise<string>) {
    this.#getToken = getToken;
  }

  config(): Promise<TelephonyConfig> {
    return this.#ask('/api/v1/telephony/config');
  }

  loginToken({ fresh }: { fresh: boolean }): Promise<LoginToken> {
    return this.#ask(`/api/v1/telephony/token${fresh ? '?fresh=1' : ''}`, 'POST');
  }

  credentials(): Promise<SipCredentials> {
    return this.#ask('/api/v1/telephony/credentials');
  }

  async calls(): Promise<WireCall[]> {
    const { calls } = await this.#ask<{ calls: WireCall[] }>('/api/v1/calls');
    return calls;
  }

  async #ask<T>(path: string, method = 'GET'): Promise<T> {
    const headers = { authorization: `Bearer ${await this.#getToken()}` };
    return askJson<T>(path, { method, headers });
  }
}

/**
 * The JSON of an answer.
 * @throws ServerError
 */
export async function askJson<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, init).catch((error: unknown) => {
    throw new ServerError('unreachable', 'the server cannot be reached', { cause: error });
  });
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  const { code = 'unreachable', message = `the server answers with status ${response.status}` } =
    body.error ?? {};
  throw new ServerError(code, message);
}
