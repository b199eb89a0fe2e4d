/** Which credential at Telnyx an agent's softphone logs in to. */
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, toAppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Database } from '../store/database.ts';
import type { TelnyxApi } from './telnyx-api.ts';

export interface AgentCredentials {
  /** Agents with the same key have the same credential, and share its token. */
  keyOf(userId: string): string;
  /** The id of the agent's credential, which is made where there is none yet. */
  idOf(userId: string): Promise<string>;
  /**
   * The id of another one, as Telnyx does not know this one any more.
   * @throws AppError `telnyx_not_found` where only a person can mend it
   */
  replace(userId: string, lostId: string): Promise<string>;
}

/** One credential for all agents: the last of them to register gets the incoming calls. */
export function sharedCredential(id: string): AgentCredentials {
  return {
    keyOf: () => '',
    idOf: async () => id,
    async replace() {
      throw new AppError(
        'telnyx_not_found',
        'Telnyx does not know the credential that TELNYX_TELEPHONY_CREDENTIAL_ID names',
      );
    },
  };
}

export interface OwnCredentialsOptions {
  api: TelnyxApi;
  database: Database;
  connectionId: string;
  logger: Logger;
  /** How long Telnyx needs until a login with a new credential succeeds, in milliseconds. */
  propagationMs?: number;
  /** Its abort ends the waiting. */
  signal: AbortSignal;
}

const PROPAGATION_MS = 5000;

/** A credential for each agent, made with the first token and remembered. */
export class OwnCredentials implements AgentCredentials {
  readonly #options: OwnCredentialsOptions;

  constructor(options: OwnCredentialsOptions) {
    this.#options = options;
  }

  keyOf(userId: string): string {
    return userId;
  }

  async idOf(userId: string): Promise<string> {
    return this.#remembered(userId) ?? this.#make(userId);
  }

  async replace(userId: string, lostId: string): Promise<string> {
    const { connectionId, logger } = this.#options;
    logger.warn({ user: userId, credentialId: lostId }, 'Telnyx has lost a credential: a new one is made');
    await this.#store(userId, (sql) =>
      sql
        .prepare('DELETE FROM telephony_credentials WHERE connection_id = ? AND credential_id = ?')
        .run(connectionId, lostId),
    );
    return this.#make(userId);
  }

  #remembered(userId: string): string | undefined {
    const row = this.#options.database.read((sql) =>
      sql
        .prepare(
          'SELECT credential_id AS id FROM telephony_credentials WHERE connection_id = ? AND user_id = ?',
        )
        .get(this.#options.connectionId, userId),
    );
    return row === undefined ? undefined : String(row.id);
  }

  /**
   * Takes the one of this name, so that neither a lost answer nor a lost database leaves one behind with each attempt;
   * else makes one, and waits until Telnyx has told all its servers.
   */
  async #make(userId: string): Promise<string> {
    const { api, connectionId, propagationMs = PROPAGATION_MS, signal } = this.#options;
    const name = `aq-server ${userId}`;
    const found = await api.findCredential(connectionId, name);
    if (found) return this.#remember(userId, found.id);
    const { id } = await this.#create(name);
    await this.#remember(userId, id);
    await sleep(propagationMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    return id;
  }

  async #create(name: string) {
    const { api, connectionId } = this.#options;
    try {
      return await api.createCredential(connectionId, name);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'telnyx_refused') throw error;
      const said = `Telnyx makes no credential in TELNYX_WEBRTC_CONNECTION_ID: ${error.message}`;
      throw new AppError('telnyx_not_found', said, { cause: error });
    }
  }

  async #remember(userId: string, id: string): Promise<string> {
    const { connectionId } = this.#options;
    await this.#store(userId, (sql) =>
      sql
        .prepare('INSERT OR REPLACE INTO telephony_credentials VALUES (?, ?, ?)')
        .run(connectionId, userId, id),
    );
    return id;
  }

  /** A full disk keeps nobody from logging in: Telnyx has the credential, which is found there by its name. */
  async #store(userId: string, change: (sql: DatabaseSync) => void): Promise<void> {
    const { database, connectionId } = this.#options;
    try {
      await database.persist(JSON.stringify(['telephony_credentials', connectionId, userId]), change);
    } catch (error) {
      if (toAppError(error).code !== 'storage_unavailable') throw error;
    }
  }
}
