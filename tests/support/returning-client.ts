/** A client without media that comes back as the SDK does: its sessions, its delays, its join and its publication. */
import { setTimeout as sleep } from 'node:timers/promises';
import { retryDelay } from '../../src/client/backoff.ts';
import { RoomError } from '../../src/client/errors.ts';
import { Signaling } from '../../src/client/signaling.ts';
import { fingerprints, rtpCapabilities, track } from './media.ts';

export class ReturningClient {
  readonly #url: string;
  readonly #token: string;
  readonly #ended = new AbortController();
  #signaling: Signaling | undefined;
  #peers = new Set<string>();
  /** How often it has joined and published. */
  arrivals = 0;
  /** Refusals of what it asked. */
  readonly refusals: string[] = [];

  constructor(url: string, token: string) {
    this.#url = `${url.replace('http', 'ws')}/aq_server/websocket`;
    this.#token = token;
  }

  /** The ids of the others, as it was told. */
  get peers(): ReadonlySet<string> {
    return this.#peers;
  }

  /** Comes, and comes back whenever its socket is gone, until it is closed. */
  async run(): Promise<void> {
    for (let failures = 0; !this.#ended.signal.aborted; ) {
      try {
        await this.#arrive();
        failures = 0;
        await this.#signaling?.disconnected;
      } catch (error) {
        if (!(error instanceof RoomError) || !error.retry) this.refusals.push(String(error));
      }
      if (!this.#ended.signal.aborted) await sleep(retryDelay(failures++));
    }
  }

  close(): void {
    this.#ended.abort();
    this.#signaling?.close('left');
  }

  async #arrive(): Promise<void> {
    const { signal } = this.#ended;
    const opened = await Signaling.open({ url: this.#url, token: this.#token, signal }, this.#signaling);
    const { signaling } = opened;
    if (signaling === this.#signaling) return;
    this.#signaling?.close('connection_lost');
    this.#signaling = signaling;
    const dtls = { send: { role: 'client', fingerprints }, recv: { role: 'client', fingerprints } } as const;
    const joining = signaling.request('join', { rtpCapabilities, dtls });
    const publishing = signaling.request('produce', track('mic'));
    const [{ peers }] = await Promise.all([joining, publishing]);
    this.#peers = new Set(peers.map(({ id }) => id));
    this.arrivals++;
    signaling.deliver(({ event, data }) => {
      if (event === 'peerJoined') this.#peers.add(data.peer.id);
      if (event === 'peerLeft') this.#peers.delete(data.peerId);
    });
  }
}
