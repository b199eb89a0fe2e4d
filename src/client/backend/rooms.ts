import type { RoomUserType } from '../../protocol/grants.ts';
import { type Http, path } from './http.ts';
import type { Ban, Peer, Room, SourceName, WaitingUser } from './types.ts';

/** What a backend sets of a room. What is not named stays. */
export interface RoomSettings {
  locked?: boolean;
  lobby?: boolean;
  max_peers?: number | null;
  metadata?: Record<string, unknown>;
}

/** One room, whether somebody is in it or not, and what a backend may do in it. */
export class RoomHandle {
  readonly name: string;
  readonly #http: Http;

  constructor(http: Http, name: string) {
    this.#http = http;
    this.name = name;
  }

  get(): Promise<Room> {
    return this.#http.get(this.#path());
  }

  set(settings: RoomSettings): Promise<Room> {
    return this.#http.put(this.#path(), settings);
  }

  /** Takes everybody out, and refuses all tokens that there are for the room by now. */
  end(): Promise<void> {
    return this.#http.delete(this.#path());
  }

  peers(options: { statistics?: boolean } = {}): AsyncGenerator<Peer> {
    return this.#http.list(this.#path('peers'), 'peers', options);
  }

  /** With the statistics of its sources. */
  peer(peerId: string): Promise<Peer> {
    return this.#http.get(this.#path('peers', peerId));
  }

  /** `hard`, as by default: until it is allowed; `soft`: until the peer resumes it. */
  mute(peerId: string, source: SourceName, mode: 'hard' | 'soft' = 'hard'): Promise<void> {
    return this.#http.post(this.#path('peers', peerId, 'mute'), { source, mode });
  }

  allow(peerId: string, source: SourceName): Promise<void> {
    return this.#http.post(this.#path('peers', peerId, 'allow'), { source });
  }

  stop(peerId: string, source: SourceName): Promise<void> {
    return this.#http.post(this.#path('peers', peerId, 'stop'), { source });
  }

  lowerHand(peerId: string): Promise<void> {
    return this.#http.post(this.#path('peers', peerId, 'lower-hand'));
  }

  lowerAllHands(): Promise<void> {
    return this.#http.post(this.#path('lower-hands'));
  }

  setUserType(peerId: string, userType: RoomUserType): Promise<void> {
    return this.#http.put(this.#path('peers', peerId, 'type'), { user_type: userType });
  }

  /** Takes a peer out, with all others of its user. */
  remove(peerId: string): Promise<void> {
    return this.#http.delete(this.#path('peers', peerId));
  }

  removeUser(userId: string): Promise<void> {
    return this.#http.delete(this.#path('users', userId));
  }

  bans(): AsyncGenerator<Ban> {
    return this.#http.list(this.#path('bans'), 'bans');
  }

  ban(userId: string): Promise<void> {
    return this.#http.put(this.#path('bans', userId));
  }

  unban(userId: string): Promise<void> {
    return this.#http.delete(this.#path('bans', userId));
  }

  async waiting(): Promise<WaitingUser[]> {
    return (await this.#http.get<{ waiting: WaitingUser[] }>(this.#path('lobby'))).waiting;
  }

  admit(waitId: string): Promise<void> {
    return this.#http.post(this.#path('lobby', waitId, 'admit'));
  }

  refuse(waitId: string): Promise<void> {
    return this.#http.post(this.#path('lobby', waitId, 'refuse'));
  }

  /** A line of chat to all, or to one peer. */
  chat(text: string, to?: string): Promise<{ id: string; at: string }> {
    return this.#http.post(this.#path('chat'), { text, ...(to !== undefined && { to }) });
  }

  /** Any JSON to all who may have data, or to one peer. */
  sendData(topic: string, data: unknown, to?: string): Promise<{ id: string; at: string }> {
    return this.#http.post(this.#path('data'), { topic, data, ...(to !== undefined && { to }) });
  }

  #path(...parts: string[]): string {
    return path('rooms', this.name, ...parts);
  }
}
