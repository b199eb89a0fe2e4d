/** What the API takes and answers. `GET /api/v1/openapi.json` of a server describes each field. */

/** A token to mint. */
export interface TokenOrder {
  room: string;
  user_id: string;
  name?: string;
  email?: string;
  /** `host`, `presenter`, `guest`, `viewer` or `agent`; `guest` without it. */
  user_type?: string;
  grants?: string[];
  /** In seconds; 3600 without it. */
  ttl?: number;
}

export interface MintedToken {
  token: string;
  jti: string;
  expires_at: string;
  ws_url: string;
  page_url: string;
}

/** A token in the register, without its text. */
export interface Token {
  jti: string;
  room: string;
  user_id: string;
  name: string | null;
  user_type: string;
  minted_by: string;
  invitation: string | null;
  issued_at: string;
  expires_at: string;
  revoked_at: string | null;
}

export interface Room {
  name: string;
  open: boolean;
  opened_at: string | null;
  peers: number;
  waiting: number;
  locked: boolean;
  lobby: boolean;
  max_peers: number | null;
  metadata: Record<string, unknown>;
}

export type SourceName = 'mic' | 'camera' | 'screen' | 'screen-audio';

export interface PeerSource {
  id: string;
  source: SourceName;
  kind: 'audio' | 'video';
  paused: boolean;
  /** Where they were asked for. */
  statistics?: {
    bitrate: number;
    bytes: number;
    packets: number;
    packets_lost: number;
    loss_rate: number;
    jitter: number;
    round_trip_ms: number | null;
    score: number;
    layers: number;
  };
}

export interface Peer {
  id: string;
  user_id: string;
  name: string;
  user_type: string;
  grants: string[];
  joined_at: string;
  metadata: Record<string, unknown>;
  hand_raised_at: string | null;
  reconnecting: boolean;
  muted_sources: SourceName[];
  sources: PeerSource[];
}

export interface WaitingUser {
  id: string;
  user_id: string;
  name: string;
  user_type: string;
  since: string;
}

export interface Ban {
  user_id: string;
  banned_at: string;
}

export interface NewInvitation {
  room: string;
  user_type?: string;
  grants?: string[];
  /** How long the code is good, in seconds; a day without it. */
  ttl?: number;
  /** How long its tokens live, in seconds. */
  token_ttl?: number;
  max_uses?: number;
}

export interface Invitation {
  code: string;
  room: string;
  user_type: string;
  grants: string[] | null;
  token_ttl: number;
  max_uses: number | null;
  uses: number;
  created_by: string;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
}

export interface AuditLine {
  at: string;
  kind: string;
  room: string | null;
  user_id: string | null;
  actor: string | null;
  target: string | null;
  detail: Record<string, string | number | boolean>;
}

export interface FailedWebhook {
  id: string;
  url: string | null;
  failed_at: string;
  reason: string;
  event: { type: string; timestamp: string; data: Record<string, unknown> };
}
