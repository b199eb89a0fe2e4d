/** The client for backends: tokens, rooms, invitations, the audit and webhooks. */
export { AqServer, type AqServerOptions } from './aq-server.ts';
export { AqServerError } from './http.ts';
export type { RoomHandle, RoomSettings } from './rooms.ts';
export type {
  AuditLine,
  Ban,
  FailedWebhook,
  Invitation,
  MintedToken,
  NewInvitation,
  Peer,
  PeerSource,
  Room,
  SourceName,
  Token,
  TokenOrder,
  WaitingUser,
} from './types.ts';
export { type WebhookEvent, WebhookSignatureError } from './webhook-signature.ts';
