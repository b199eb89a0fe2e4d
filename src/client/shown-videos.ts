import { type Appearance, ElementWatch } from './element-watch.ts';
import { RoomError } from './errors.ts';

/** How a video is shown; told to the server. */
export interface ShownView extends Appearance {
  readonly producerId: string;
  readonly pinned: boolean;
}

/** Changes are told together, so many milliseconds after the first of them: a layout changes all tiles at once. */
const DELAY_MS = 100;
/** What was not told, as the server refused it for now, is told again after so many milliseconds. */
const RETRY_MS = 2000;
const HIDDEN: Appearance = { visible: false, width: 0, height: 0 };
const UNKNOWN: Appearance = { visible: true, width: 0, height: 0 };

type Send = (views: ShownView[]) => Promise<unknown> | undefined;

interface ShownVideo {
  readonly elements: Set<HTMLVideoElement>;
  /** Whether an element has ever shown it: then it is hidden when none does. */
  wasShown: boolean;
  /** What the application says of it, whatever its elements are. */
  byHand: Appearance | undefined;
  pinned: boolean;
}

/**
 * Tells the server which videos can be seen here, and how large: by the elements that show them, or by what the application
 * says. Of a video that was never shown it says nothing.
 */
export class ShownVideos {
  readonly #send: Send;
  readonly #isAdaptive: boolean;
  readonly #videos = new Map<string, ShownVideo>();
  /** What the server knows, as JSON. */
  readonly #told = new Map<string, string>();
  #watch: ElementWatch | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param send tells the server; undefined where there is none at the moment
   * @param isAdaptive whether elements are watched
   */
  constructor(send: Send, isAdaptive: boolean) {
    this.#send = send;
    this.#isAdaptive = isAdaptive;
  }

  /** An element shows a video from now on. Returns a function that ends it. */
  add(producerId: string, element: HTMLVideoElement): () => void {
    if (!this.#isAdaptive) return () => {};
    this.#watch ??= new ElementWatch(() => this.#tellLater());
    const video = this.#video(producerId);
    video.elements.add(element);
    video.wasShown = true;
    const end = this.#watch.add(element);
    this.#tellLater();
    return () => {
      end();
      video.elements.delete(element);
      this.#tellLater();
    };
  }

  /** What the application says counts in place of the elements, until it says undefined. */
  set(producerId: string, appearance: Appearance | undefined): void {
    this.#video(producerId).byHand = appearance;
    this.#tellLater();
  }

  pin(producerId: string, pinned: boolean): void {
    this.#video(producerId).pinned = pinned;
    this.#tellLater();
  }

  /** It is not there any more. */
  forget(producerId: string): void {
    this.#videos.delete(producerId);
    this.#told.delete(producerId);
  }

  /** Another session does not know what was told to the one before. */
  tellAnew(): void {
    this.#told.clear();
    if (this.#videos.size > 0) this.#tellLater();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watch?.close();
    this.#videos.clear();
  }

  #video(producerId: string): ShownVideo {
    let video = this.#videos.get(producerId);
    if (!video) {
      video = { elements: new Set(), wasShown: false, byHand: undefined, pinned: false };
      this.#videos.set(producerId, video);
    }
    return video;
  }

  #tellLater(delayMs = DELAY_MS): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, delayMs);
  }

  #tell(): void {
    const views = [...this.#videos].map(([producerId, video]) => this.#viewOf(producerId, video));
    const changed = views.filter((view) => this.#told.get(view.producerId) !== JSON.stringify(view));
    if (changed.length === 0) return;
    const sent = this.#send(changed);
    if (!sent) return; // the next session is told all
    for (const view of changed) this.#told.set(view.producerId, JSON.stringify(view));
    sent.catch((error: unknown) => {
      if (!(error instanceof RoomError) || !error.retry) return;
      for (const { producerId } of changed) this.#told.delete(producerId);
      this.#tellLater(RETRY_MS);
    });
  }

  /** As large as the largest element that can be seen. */
  #viewOf(producerId: string, { elements, wasShown, byHand, pinned }: ShownVideo): ShownView {
    const seen = [...elements].map((element) => this.#watch?.appearanceOf(element) ?? HIDDEN);
    const largest = seen
      .filter(({ visible }) => visible)
      .toSorted((one, other) => other.width * other.height - one.width * one.height)[0];
    return { producerId, pinned, ...(byHand ?? largest ?? (wasShown ? HIDDEN : UNKNOWN)) };
  }
}
