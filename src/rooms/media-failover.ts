import type { Closer } from '../lib/closer.ts';
import { AppError, toAppError } from '../lib/errors.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Code } from '../protocol/codes.ts';

interface Options {
  /** Opens other media after a loss. */
  open: () => Promise<PeerMedia>;
  /** The member's. */
  closer: Closer;
  /** Whether the member outlives its media. */
  isRenewable: () => boolean;
  /** The media was lost, and is being opened anew. */
  onLost: () => void;
  /** There is other media, which waits to be taken. */
  onOpened: () => void;
  /** The media has closed, and there will be no other. */
  onClosed: (code: Code) => void;
}

/** The media of one member. When it was lost with a worker, or the client gave it up, other media is opened, which the client takes when it is ready. */
export class MediaFailover {
  readonly #options: Options;
  #current: PeerMedia;
  /** Takes the place of lost media when the client asks for it. */
  #next: PeerMedia | undefined;

  constructor(media: PeerMedia, options: Options) {
    this.#options = options;
    this.#current = media;
    this.#watch(media);
  }

  get current(): PeerMedia {
    return this.#current;
  }

  /** The media that the client has not taken yet. */
  get next(): PeerMedia | undefined {
    return this.#next;
  }

  /**
   * Takes the media one of whose transports has this id.
   * Throws `media_kept` if there is none, `media_lost` if it was lost once more.
   */
  take(transportId: string): PeerMedia {
    const next = this.#next;
    if (!next?.hasTransport(transportId)) {
      throw new AppError(this.#current.closedWith ? 'media_lost' : 'media_kept');
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
    const { closedWith } = media;
    // It may have closed on its way here. The owner learns of it when whoever waits for the owner listens to it.
    if (closedWith) setImmediate(() => this.#closed(media, closedWith));
    else media.once('closed', (code) => this.#closed(media, code));
  }

  #closed(media: PeerMedia, code: Code): void {
    if (this.#next === media) this.#next = undefined;
    const { isRenewable, onClosed } = this.#options;
    if (code === 'media_lost' && isRenewable()) void this.#renew();
    else onClosed(code);
  }

  async #renew(): Promise<void> {
    const { closer, open, onLost, onOpened, onClosed } = this.#options;
    onLost();
    try {
      const media = await closer.adopt(open());
      this.#next = media;
      this.#watch(media);
      onOpened();
    } catch (error) {
      onClosed(toAppError(error).code);
    }
  }
}
