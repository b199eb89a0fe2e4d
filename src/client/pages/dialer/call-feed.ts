/** What the server tells of calls: events as they come, and the list that follows from them. */
import { Emitter } from '../../emitter.ts';
import { CallEvents, type CallNews } from '../../phone/call-events.ts';
import { type RecentCall, recentCalls } from './recent.ts';
import type { Server } from './server.ts';

/** How many events are kept. */
const KEPT = 100;
/** How long after an event the calls are read again, in milliseconds: events come in groups. */
const READ_AGAIN_MS = 250;

interface CallFeedEvents {
  changed: [];
  connected: [];
  disconnected: [reason: string];
  /** The calls could not be read; the next event tries again. */
  failed: [error: unknown];
}

export class CallFeed extends Emitter<CallFeedEvents> {
  /** The newest first, as are the calls. */
  news: readonly CallNews[] = [];
  recent: readonly RecentCall[] = [];
  readonly #server: Server;
  readonly #events: CallEvents;
  #ownNumbers: readonly string[] = [];
  #reading = false;

  /** @param getToken gets the agent's token */
  constructor(server: Server, getToken: () => Promise<string>) {
    super();
    this.#server = server;
    this.#events = new CallEvents({ url: `${location.origin.replace(/^http/, 'ws')}/ws`, getToken });
    this.#events.on('connected', () => {
      this.emit('connected');
      void this.#read();
    });
    this.#events.on('disconnected', (reason) => this.emit('disconnected', reason));
    this.#events.on('event', (news) => {
      this.news = [news, ...this.news].slice(0, KEPT);
      this.emit('changed');
      void this.#read();
    });
  }

  /** @param ownNumbers those that one calls from */
  start(ownNumbers: readonly string[]): void {
    this.#ownNumbers = ownNumbers;
    this.#events.start();
  }

  /** Reads the calls, once for all events that come at about the same time. */
  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    await new Promise((resolve) => setTimeout(resolve, READ_AGAIN_MS));
    this.#reading = false;
    try {
      this.recent = recentCalls(await this.#server.calls(), this.#ownNumbers);
      this.emit('changed');
    } catch (error) {
      this.emit('failed', error);
    }
  }
}
