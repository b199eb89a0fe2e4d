import { GRANT_OF_SOURCE } from '../../../protocol/grants.ts';
import type { Publication } from '../../publication.ts';
import type { Room } from '../../room.ts';
import { captureOwn, type OwnKind } from './capture.ts';

/** What its owner is told. */
export interface OwnSourceListeners {
  onChanged: () => void;
  /** The device was unplugged. `label` is the one that took its place. */
  onLost: (kind: OwnKind, label: string | undefined) => void;
}

/**
 * Our own microphone or camera, before and in a call. A microphone that is off stays open and sends nothing; a camera
 * that is off is given back, so that its light goes out.
 */
export class OwnSource {
  readonly kind: OwnKind;
  readonly #listeners: OwnSourceListeners;
  #on: boolean;
  #deviceId: string;
  #track: MediaStreamTrack | undefined;
  #failure: unknown;
  #starting = false;
  /** How often it was asked for, or given back: only the last answer counts. */
  #asked = 0;
  #room: Room | undefined;
  #publication: Publication | undefined;
  readonly #onEnded = () => this.#lost();

  constructor(kind: OwnKind, on: boolean, deviceId: string, listeners: OwnSourceListeners) {
    this.kind = kind;
    this.#on = on;
    this.#deviceId = deviceId;
    this.#listeners = listeners;
  }

  /** Whether the others can see or hear it, or will. */
  get on(): boolean {
    const there = this.#track !== undefined || this.#starting;
    return this.#on && there && !this.#publication?.paused;
  }

  /** Whether it is to be on, once the browser gives it. */
  get wanted(): boolean {
    return this.#on;
  }

  get track(): MediaStreamTrack | undefined {
    return this.#track;
  }

  get starting(): boolean {
    return this.#starting;
  }

  /** Why there is no track, as the browser threw it. */
  get failure(): unknown {
    return this.#failure;
  }

  /** The chosen device's id; empty for the standard one. */
  get deviceId(): string {
    return this.#deviceId;
  }

  /** @throws RoomError when the server refuses */
  async setOn(on: boolean): Promise<void> {
    const before = this.#on;
    this.#on = on;
    try {
      await this.#turn(on);
    } catch (error) {
      this.#on = before; // a host has muted it until further notice
      throw error;
    } finally {
      this.#listeners.onChanged();
    }
  }

  async choose(deviceId: string): Promise<void> {
    this.#deviceId = deviceId;
    if (this.#on || this.#track) await this.start();
    this.#listeners.onChanged();
  }

  /** Asks the browser for it. What goes wrong is told by `failure`. */
  async start(): Promise<void> {
    const asked = this.begin();
    const { tracks, failures } = await captureOwn(new Map([[this.kind, this.#deviceId]]));
    this.take(asked, tracks.get(this.kind), failures.get(this.kind));
  }

  /** The browser is being asked. Returns the number that its answer is taken with. */
  begin(): number {
    this.#starting = true;
    this.#listeners.onChanged();
    return ++this.#asked;
  }

  /** What the browser gave. An answer that comes too late is given back. */
  take(asked: number, track: MediaStreamTrack | undefined, failure?: unknown): void {
    if (asked !== this.#asked) {
      track?.stop();
      return;
    }
    this.#starting = false;
    this.#failure = failure;
    if (track) this.#replace(track);
    else if (!this.#track) this.#on = false;
    this.#listeners.onChanged();
  }

  /** Publishes it from now on, whenever it is there. What the token does not allow is given back. */
  attach(room: Room): void {
    this.#room = room;
    if (room.user && !room.may(GRANT_OF_SOURCE[this.kind])) this.stop();
    else this.#publish();
  }

  /** A publication of the room has ended. */
  closed(publication: Publication): void {
    if (publication !== this.#publication) return;
    this.#publication = undefined;
    this.stop();
    this.#on = false;
    this.#listeners.onChanged();
  }

  /** Gives the device back. */
  stop(): void {
    const publication = this.#publication;
    this.#publication = undefined;
    publication?.close();
    this.#asked++;
    this.#starting = false;
    this.#drop();
  }

  /** The call is over. */
  detach(): void {
    this.stop();
    this.#room = undefined;
  }

  async #turn(on: boolean): Promise<void> {
    if (!on && this.kind === 'camera') this.stop();
    else if (on && !this.#track) await this.start();
    else if (this.#publication) await (on ? this.#publication.resume() : this.#publication.pause());
    else if (this.#track) this.#track.enabled = on;
  }

  #replace(track: MediaStreamTrack): void {
    this.#drop();
    this.#track = track;
    track.enabled = this.#on;
    track.addEventListener('ended', this.#onEnded);
    if (this.#publication) void this.#publication.replaceTrack(track);
    else this.#publish();
  }

  #publish(): void {
    const [room, track] = [this.#room, this.#track];
    if (!room || !track) return;
    this.#publication = room.publish(track, { source: this.kind, paused: !this.#on });
  }

  #drop(): void {
    this.#track?.removeEventListener('ended', this.#onEnded);
    this.#track?.stop();
    this.#track = undefined;
  }

  /** Unplugged: the publication has ended with its track, and another device may take over. */
  #lost(): void {
    this.#publication = undefined;
    this.#drop();
    void this.start().then(() => this.#listeners.onLost(this.kind, this.#track?.label));
  }
}
