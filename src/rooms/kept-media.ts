import { EventEmitter } from 'node:events';
import type { Producer } from 'mediasoup/types';
import { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { RoomMedia } from '../media/room-media.ts';
import type { Speakers } from '../media/speakers.ts';
import type { Code } from '../protocol/codes.ts';

export type OpenMedia = () => Promise<RoomMedia>;

type Events = {
  speakersChanged: [Speakers];
  /** The media was lost with its worker, and there is another one. */
  renewed: [];
  /** It was lost, and no other could be had. */
  failed: [];
};

/** The media of one room for as long as the room is there: when its worker dies, it is opened anew on another. */
export class KeptMedia extends EventEmitter<Events> {
  readonly #open: OpenMedia;
  readonly #logger: Logger;
  readonly #closer = new Closer();
  /** The one that is, or is on its way. */
  #media: Promise<RoomMedia>;

  constructor(media: RoomMedia, { open, logger }: { open: OpenMedia; logger: Logger }) {
    super();
    this.#open = open;
    this.#logger = logger;
    this.#media = Promise.resolve(media);
    this.#watch(media);
  }

  /** Both transports of a peer, on the media that is, or on the next one. Throws the code of the closing. */
  async openPeer(): Promise<PeerMedia> {
    for (;;) {
      try {
        const media = await this.#closer.wait(this.#media);
        return await this.#closer.adopt(media.openPeer());
      } catch (error) {
        if (!isLost(error) || this.#closer.closed) throw error;
      }
    }
  }

  /** Listens to how loud a microphone is. */
  observe(producer: Producer): void {
    this.#media.then((media) => media.speakers.add(producer)).catch(() => {}); // it was closed meanwhile, or lost with the media
  }

  close(code: Code): void {
    if (!this.#closer.close(code)) return;
    this.#media.then(
      (media) => media.close(code),
      () => {}, // there is none
    );
    this.removeAllListeners();
  }

  #watch(media: RoomMedia): void {
    media.once('lost', () => this.#renew());
    media.speakers.on('changed', (speakers) => this.emit('speakersChanged', speakers));
  }

  #renew(): void {
    if (this.#closer.closed) return;
    this.#media = this.#closer.adopt(this.#open());
    this.#media.then(
      (media) => {
        this.#watch(media);
        this.emit('renewed');
      },
      (error) => this.#failed(error),
    );
  }

  #failed(error: unknown): void {
    if (this.#closer.closed) return;
    if (isLost(error)) {
      this.#renew();
      return;
    }
    this.#logger.error({ err: error }, 'the media of a room could not be opened anew');
    this.emit('failed');
  }
}

function isLost(error: unknown): boolean {
  return error instanceof AppError && error.code === 'media_lost';
}
