import { Http, type HttpOptions, path } from './http.ts';
import { RoomHandle } from './rooms.ts';
import type {
  AuditLine,
  FailedWebhook,
  Invitation,
  MintedToken,
  NewInvitation,
  Room,
  Token,
  TokenOrder,
} from './types.ts';
import { verifyWebhook, type WebhookEvent, type WebhookHeaders } from './webhook-signature.ts';

export interface AqServerOptions extends HttpOptions {
  /** What webhooks are signed with, as WEBHOOK_SECRETS of the server has it: both while it is changed. */
  webhookSecrets?: readonly string[];
}

/** A server of aq-server, as a backend uses it. Every method rejects with `AqServerError`. */
export class AqServer {
  readonly #http: Http;
  readonly #webhookSecrets: readonly string[];

  constructor({ webhookSecrets = [], ...options }: AqServerOptions) {
    this.#http = new Http(options);
    this.#webhookSecrets = webhookSecrets;
  }

  readonly tokens = {
    create: (order: TokenOrder): Promise<MintedToken> => this.#http.post('/tokens', order),
    list: (filter: { room?: string; user_id?: string; invitation?: string } = {}): AsyncGenerator<Token> =>
      this.#http.list('/tokens', 'tokens', filter),
    get: (jti: string): Promise<Token> => this.#http.get(path('tokens', jti)),
    revoke: (jti: string): Promise<void> => this.#http.delete(path('tokens', jti)),
    /** Revokes all that fit, and resolves to how many there were. */
    revokeAll: (filter: {
      room?: string;
      user_id?: string;
      invitation?: string;
    }): Promise<{ revoked: number }> => this.#http.post('/tokens/revoke', filter),
  };

  readonly rooms = {
    list: (): AsyncGenerator<Room> => this.#http.list('/rooms', 'rooms'),
    /** A room by its name, whether somebody is in it or not. */
    room: (name: string): RoomHandle => new RoomHandle(this.#http, name),
  };

  readonly invitations = {
    create: (invitation: NewInvitation): Promise<Invitation> => this.#http.post('/invitations', invitation),
    list: (filter: { room?: string } = {}): AsyncGenerator<Invitation> =>
      this.#http.list('/invitations', 'invitations', filter),
    get: (code: string): Promise<Invitation> => this.#http.get(path('invitations', code)),
    revoke: (code: string): Promise<void> => this.#http.delete(path('invitations', code)),
  };

  readonly audit = {
    /** The newest line first. Times are ISO 8601. */
    read: (
      filter: {
        room?: string;
        user_id?: string;
        kind?: string;
        actor?: string;
        since?: string;
        until?: string;
      } = {},
    ): AsyncGenerator<AuditLine> => this.#http.list('/audit', 'lines', filter),
  };

  readonly webhooks = {
    /**
     * Checks the signature of a webhook and resolves to its event; rejects with `WebhookSignatureError`.
     * @param body as it came, before any JSON was parsed
     */
    verify: (body: string, headers: WebhookHeaders): Promise<WebhookEvent> =>
      verifyWebhook(body, headers, this.#webhookSecrets),
    failed: (): AsyncGenerator<FailedWebhook> => this.#http.list('/webhooks/failed', 'deliveries'),
    resend: (id: string): Promise<{ resent: number }> =>
      this.#http.post(`${path('webhooks', 'failed', id)}/resend`),
    resendAll: (): Promise<{ resent: number }> => this.#http.post('/webhooks/resend'),
  };
}
