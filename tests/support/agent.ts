/** An agent at `/ws`: what it is told, checked in its form. */
import { WebSocket } from 'ws';
import { mintToken } from '../../src/auth/tokens.ts';
import { SECRET } from './server.ts';

interface AgentFrame {
  event: string;
  seq?: number;
  data: Record<string, unknown>;
}

/** Claims beside the user's. */
interface AgentClaims {
  user_id?: string;
  email?: string;
  user_type?: string;
  calls?: { connections?: string[]; numbers?: string[] };
}

export function agentToken(claims: AgentClaims = {}, ttlSeconds = 600): string {
  const subject = { user_id: 'alice', user_type: 'agent', ...claims };
  return mintToken(subject, { secret: SECRET, ttlSeconds }).token;
}

export class Agent {
  readonly socket: WebSocket;
  readonly frames: AgentFrame[] = [];
  readonly closed: Promise<{ close: number; reason: string }>;
  #change = Promise.withResolvers<void>();

  constructor(server: { url: string }, query: Record<string, string> = {}, headers = {}) {
    const url = `${server.url.replace('http', 'ws')}/ws?${new URLSearchParams(query)}`;
    this.socket = new WebSocket(url, { headers });
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => {
      this.frames.push(JSON.parse(data.toString()));
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (close, reason) => {
        resolve({ close, reason: reason.toString() });
        this.#wake();
      });
    });
  }

  /** Comes in as an agent, and waits for `connected`; with `since`, for `caught-up` too. */
  static async open(server: { url: string }, claims: AgentClaims = {}, since?: number): Promise<Agent> {
    const token = agentToken(claims);
    const agent = new Agent(server, { token, ...(since !== undefined && { since: String(since) }) });
    await agent.until(() => agent.named(since === undefined ? 'connected' : 'caught-up').length > 0);
    return agent;
  }

  /** The events of calls so far. */
  get calls(): AgentFrame[] {
    return this.frames.filter(({ seq }) => seq !== undefined);
  }

  get seqs(): number[] {
    return this.calls.map(({ seq }) => seq ?? 0);
  }

  /** The ids that Telnyx gave to the events so far. */
  get ids(): unknown[] {
    return this.calls.map(({ data }) => data.id);
  }

  named(event: string): AgentFrame[] {
    return this.frames.filter((frame) => frame.event === event);
  }

  /** Waits for what frames bring about; throws when the socket ends before. */
  async until(fits: () => boolean): Promise<void> {
    while (!fits()) {
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('the socket has closed');
      await this.#change.promise;
    }
  }

  #wake(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
