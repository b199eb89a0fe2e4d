import { Emitter } from '../../emitter.ts';
import type { Publication } from '../../publication.ts';
import type { Room } from '../../room.ts';
import { captureOwn, type OwnKind } from './capture.ts';
import { OwnSource } from './own-source.ts';
import type { Remembered } from './remembered.ts';

interface OwnMediaEvents {
  changed: [];
  /** A device was unplugged. `label` is the one that took its place. */
  lost: [kind: OwnKind, label: string | undefined];
}

/** Our own microphone and camera: chosen before a call, and published in it. */
export class OwnMedia extends Emitter<OwnMediaEvents> {
  readonly mic: OwnSource;
  readonly camera: OwnSource;
  #asking: Promise<unknown> = Promise.resolve();

  constructor({ micOn, cameraOn, mic, camera }: Remembered) {
    super();
    const listeners = {
      onChanged: () => this.emit('changed'),
      onLost: (kind: OwnKind, label: string | undefined) => this.emit('lost', kind, label),
    };
    this.mic = new OwnSource('mic', micOn, mic, listeners);
    this.camera = new OwnSource('camera', cameraOn, camera, listeners);
  }

  /** Asks for those that are on, in one question, unless they are being asked for. Resolves when all have answered. */
  async start(): Promise<void> {
    const asking = Promise.all([this.#asking, this.#ask()]);
    this.#asking = asking.catch(() => {}); // told to whoever asked
    await asking;
  }

  /** Publishes them in this room from now on. */
  attach(room: Room): void {
    for (const source of [this.mic, this.camera]) source.attach(room);
  }

  /** A publication of the room has ended. */
  closed(publication: Publication): void {
    for (const source of [this.mic, this.camera]) source.closed(publication);
  }

  /** Gives all devices back. */
  stop(): void {
    for (const source of [this.mic, this.camera]) source.detach();
  }

  async #ask(): Promise<void> {
    const wanted = [this.mic, this.camera]
      .filter(({ wanted, track, starting }) => wanted && !track && !starting)
      .map((source) => ({ source, asked: source.begin() }));
    const ids = new Map(wanted.map(({ source }) => [source.kind, source.deviceId]));
    const { tracks, failures } = await captureOwn(ids);
    for (const { source, asked } of wanted) {
      source.take(asked, tracks.get(source.kind), failures.get(source.kind));
    }
  }
}
