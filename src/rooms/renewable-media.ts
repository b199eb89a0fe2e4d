import type { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Code } from '../protocol/codes.ts';
import { encodeEvent } from '../protocol/frames.ts';
import type { EventSink } from './event-sink.ts';

interface Options {
  events: Pick<EventSink, 'tell'>;
  /** The peer's. */
  closer: Closer;
  /** Some of it has closed. */
  onClosed: (code: Code) => void;
}

/** The media of one peer. When that of the room was lost there is another one, which the client takes when it is ready. */
export class RenewableMedia {
  readonly #options: Options;
  #current: PeerMedia;
  /** What takes the place of lost media when the client asks for it. */
  #next: PeerMedia | undefined;
  /** How often renewal has begun. */
  #renewals = 0;

  constructor(media: PeerMedia, options: Options) {
    this.#options = options;
    this.#current = media;
    this.#watch(media);
  }

  get current(): PeerMedia {
    return this.#current;
  }

  /**
   * Opens other media, and tells the client of it. When it is called again meanwhile, as the media was lost once more,
   * only the later call counts. Throws why there is none.
   */
  async renew(open: () => Promise<PeerMedia>): Promise<void> {
    const renewal = ++this.#renewals;
    const isOutdated = () => renewal !== this.#renewals;
    const media = await this.#options.closer.adopt(open()).catch((error) => {
      if (isOutdated()) return undefined;
      throw error;
    });
    if (!media) return;
    if (isOutdated()) {
      media.close('media_lost');
      return;
    }
    this.#next = media;
    this.#watch(media);
    this.retell();
  }

  /** Tells the client of media that it has not taken. */
  retell(): void {
    if (!this.#next) return;
    const [send, recv] = [this.#next.options('send'), this.#next.options('recv')];
    this.#options.events.tell(encodeEvent('mediaReset', { send, recv }));
  }

  /**
   * Takes the media whose transport to send over has this id.
   * Throws `media_kept` if there is none, `media_lost` if it was lost once more.
   */
  take(transportId: string): PeerMedia {
    const next = this.#next;
    if (next?.options('send').id !== transportId) {
      throw new AppError(this.#current.lost ? 'media_lost' : 'media_kept');
    }
    const { ms } = this.#current.roundTrip;
    this.#current = next;
    this.#next = undefined;
    if (ms !== undefined) next.roundTrip.add(ms);
    return next;
  }

  close(code: Code): void {
    this.#current.close(code);
    this.#next?.close(code);
  }

  #watch(media: PeerMedia): void {
    media.once('closed', (code) => {
      if (this.#next === media) this.#next = undefined;
      this.#options.onClosed(code);
    });
  }
}
