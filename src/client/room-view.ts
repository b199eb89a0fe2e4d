import type { AnyEvent, EventData } from '../protocol/events.ts';
import type { RoomAsFound, RoomInfo } from '../protocol/model.ts';
import { Peers } from './peers.ts';
import { Presence } from './presence.ts';
import type { RoomEvents } from './room-events.ts';
import { SpeechHints } from './speech-hints.ts';
import { Standing } from './standing.ts';
import type { Wants } from './wants.ts';

interface Options {
  /** Tells the server that the user of this peer begins to speak. */
  hintSpeaking: () => void;
  tell: <E extends keyof RoomEvents>(event: E, ...args: RoomEvents[E]) => void;
  /** The id of this peer. */
  ownId: () => string | undefined;
  wants: Wants;
}

/** The room as this peer knows it: the others, how it and the room stand, and what it shows of itself. */
export class RoomView {
  readonly peers: Peers;
  readonly standing: Standing;
  readonly presence = new Presence();
  /** How many only watch and are not among the peers. */
  watchers = 0;
  /** The peers whose microphones are forwarded; undefined where all are. */
  audible: ReadonlySet<string> | undefined;
  readonly wants: Wants;
  readonly #options: Options;
  readonly #hints: SpeechHints;

  constructor(options: Options) {
    const { tell, ownId } = options;
    this.#options = options;
    this.wants = options.wants;
    this.peers = new Peers(tell);
    this.standing = new Standing({ tell, ownId, peer: (id) => this.peers.all.get(id) });
    this.#hints = new SpeechHints({
      microphone: () => this.presence.microphone(),
      isAudible: () => this.audible?.has(ownId() ?? '') ?? true,
      hint: options.hintSpeaking,
    });
  }

  /** The room as an answer or a snapshot tells it. */
  reset({ peers, room }: RoomAsFound): void {
    this.peers.reset(peers);
    this.standing.reset(room);
    this.presence.reset(room);
    this.#setWatchers(room.watchers);
    this.#setAudible(room.audible);
    this.wants.shown.tellAnew();
  }

  /** What hosts have done to this peer, where the events that told so are gone. */
  followMissed(room: RoomInfo): void {
    if (this.presence.followMissed(room)) this.#options.tell('handsLowered', { self: true, by: undefined });
  }

  /** An event of the server. */
  apply(event: AnyEvent): void {
    this.presence.apply(event, this.#options.ownId() ?? '');
    this.peers.apply(event);
    this.standing.apply(event);
    if (event.event === 'watchersChanged') this.#setWatchers(event.data.count);
    if (event.event === 'audibleChanged') this.#setAudible(event.data.peerIds);
    if (event.event === 'speakersChanged') this.#options.tell('speakersChanged', event.data);
    if (event.event === 'chatReceived') this.#chat(event.data);
    if (event.event === 'dataReceived') this.#data(event.data);
  }

  /** There will be no other session. */
  close(): void {
    this.#hints.close();
    this.presence.close();
    this.wants.shown.close();
    this.peers.clear();
  }

  #data({ topic, data, to, at }: EventData<'dataReceived'>): void {
    this.#options.tell('backendData', { topic, data, private: to !== undefined, at: new Date(at) });
  }

  #setWatchers(count: number): void {
    if (count === this.watchers) return;
    this.watchers = count;
    this.#options.tell('watchersChanged', count);
  }

  #setAudible(peerIds: readonly string[] | null): void {
    if (!peerIds && !this.audible) return;
    this.audible = peerIds ? new Set(peerIds) : undefined;
    this.#hints.set(this.audible !== undefined);
    this.#options.tell('audibleChanged', this.audible);
  }

  #chat({ id, from, to, text, at }: EventData<'chatReceived'>): void {
    const peer = from === null ? undefined : this.peers.all.get(from);
    this.#options.tell('chat', {
      id,
      peer,
      backend: from === null,
      private: to !== undefined,
      text,
      at: new Date(at),
    });
  }
}
