import type { ConsumerInfo } from '../protocol/model.ts';

/** Whether the browser takes a description of all of these together. */
type Takes = (infos: readonly ConsumerInfo[]) => Promise<boolean>;

/**
 * The producers that the browser of one session cannot receive. One consumer that it refuses breaks the description of all
 * others on the same transport, so such a producer is never opened again. After the first one, each consumer is tried on a
 * separate connection before it is opened.
 */
export class Quarantine {
  readonly #producerIds = new Set<string>();
  #isCareful = false;

  /** Whether consumers have to be tried before they are opened. */
  get isCareful(): boolean {
    return this.#isCareful;
  }

  /** Returns those that may be opened or tried, and remembers the others. */
  admit(infos: readonly ConsumerInfo[]): ConsumerInfo[] {
    const plain = infos.filter(hasPlainTexts);
    this.add(infos.filter((info) => !plain.includes(info)));
    return plain.filter(({ producerId }) => !this.#producerIds.has(producerId));
  }

  /** Returns those that the browser takes beside the ones that are open, and remembers the others. */
  async sort(
    infos: readonly ConsumerInfo[],
    open: readonly ConsumerInfo[],
    takes: Takes,
  ): Promise<readonly ConsumerInfo[]> {
    this.#isCareful = true;
    const taken = await findTaken(infos, open, takes);
    this.add(infos.filter((info) => !taken.includes(info)));
    return taken;
  }

  add(infos: readonly ConsumerInfo[]): void {
    for (const { producerId, peerId } of infos) {
      this.#producerIds.add(producerId);
      console.warn('this browser cannot receive a producer', { producerId, peerId });
    }
  }

  /** Forgets a producer, which was closed. */
  delete(producerId: string): void {
    this.#producerIds.delete(producerId);
  }
}

/** JSON escapes line breaks, control characters and quotes, which no media parameter has, with a backslash. */
function hasPlainTexts(info: ConsumerInfo): boolean {
  return !JSON.stringify(info).includes('\\');
}

/** Splits them in halves until each half is taken, or is a single one that is refused. */
async function findTaken(
  infos: readonly ConsumerInfo[],
  open: readonly ConsumerInfo[],
  takes: Takes,
): Promise<readonly ConsumerInfo[]> {
  if (infos.length === 0 || (await takes([...open, ...infos]))) return infos;
  if (infos.length === 1) return [];
  const half = Math.ceil(infos.length / 2);
  const first = await findTaken(infos.slice(0, half), open, takes);
  const second = await findTaken(infos.slice(half), [...open, ...first], takes);
  return [...first, ...second];
}
