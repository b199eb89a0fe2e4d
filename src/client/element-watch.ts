/** How a video appears to its user. */
export interface Appearance {
  /** Whether anything of it can be seen. */
  readonly visible: boolean;
  /** Of the picture, in pixels of the screen; 0 where that is not known. */
  readonly width: number;
  readonly height: number;
}

/** What the observers have said of an element. */
interface Observed {
  /** Until the observer has said something, an element counts as visible. */
  intersects: boolean;
}

/** The largest edge that the server takes, in pixels. */
const MAX_EDGE = 16_384;
/** Sizes are told in steps of so many pixels: a layer does not depend on less. */
const STEP = 8;

/** Watches video elements: their size, whether they can be seen, and whether they are in picture-in-picture. */
export class ElementWatch {
  readonly #onChanged: () => void;
  readonly #elements = new Map<HTMLVideoElement, Observed>();
  readonly #visibility: IntersectionObserver;
  readonly #sizes: ResizeObserver;

  /** @param onChanged is called when an element may appear in another way than before */
  constructor(onChanged: () => void) {
    this.#onChanged = onChanged;
    this.#visibility = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const observed = this.#elements.get(target as HTMLVideoElement);
        if (observed) observed.intersects = isIntersecting;
      }
      onChanged();
    });
    this.#sizes = new ResizeObserver(onChanged);
    document.addEventListener('visibilitychange', onChanged);
  }

  /** Returns a function that ends it. */
  add(element: HTMLVideoElement): () => void {
    this.#elements.set(element, { intersects: true });
    this.#visibility.observe(element);
    this.#sizes.observe(element);
    const events = ['enterpictureinpicture', 'leavepictureinpicture', 'resize'] as const;
    for (const event of events) element.addEventListener(event, this.#onChanged);
    return () => {
      this.#elements.delete(element);
      this.#visibility.unobserve(element);
      this.#sizes.unobserve(element);
      for (const event of events) element.removeEventListener(event, this.#onChanged);
    };
  }

  appearanceOf(element: HTMLVideoElement): Appearance {
    const { ownerDocument } = element;
    const isInPicture = ownerDocument.pictureInPictureElement === element;
    const isSeen =
      ownerDocument.visibilityState === 'visible' && this.#elements.get(element)?.intersects === true;
    if (isInPicture) return { visible: true, ...pictureSize(element, pictureInPictureSize(element)) };
    if (!isSeen || element.clientWidth === 0) return { visible: false, width: 0, height: 0 };
    return {
      visible: true,
      ...pictureSize(element, { width: element.clientWidth, height: element.clientHeight }),
    };
  }

  close(): void {
    this.#visibility.disconnect();
    this.#sizes.disconnect();
    document.removeEventListener('visibilitychange', this.#onChanged);
    this.#elements.clear();
  }
}

interface Size {
  width: number;
  height: number;
}

/** The window's size is told by an event alone; browsers open it at about this size, in CSS pixels. */
function pictureInPictureSize({ videoWidth, videoHeight }: HTMLVideoElement): Size {
  return { width: 480, height: videoWidth > 0 ? Math.round((480 * videoHeight) / videoWidth) : 270 };
}

/** How large the whole picture is that fills a box, in pixels of the screen: some of it may be cut off, or there are bars. */
function pictureSize(element: HTMLVideoElement, box: Size): Size {
  const { videoWidth, videoHeight } = element;
  const ratio = element.ownerDocument.defaultView?.devicePixelRatio ?? 1;
  const [horizontal, vertical] = [
    box.width / (videoWidth || box.width),
    box.height / (videoHeight || box.height),
  ];
  const isCovering = getComputedStyle(element).objectFit === 'cover';
  const scale = ratio * (isCovering ? Math.max(horizontal, vertical) : Math.min(horizontal, vertical));
  return {
    width: edge(scale * (videoWidth || box.width)),
    height: edge(scale * (videoHeight || box.height)),
  };
}

function edge(pixels: number): number {
  return Math.min(Math.max(Math.round(pixels / STEP) * STEP, 1), MAX_EDGE);
}
