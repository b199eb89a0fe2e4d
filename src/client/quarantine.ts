import type { ConsumerInfo } from '../protocol/model.ts';

/** Whether the browser takes a description of all of these together. */
type Takes = (infos: readonly ConsumerInfo[]) => Promise<boolean>;

/**
 * The producers of one session that cannot be received. One consumer that the browser refuses spoils the description of all
 * others on its transport, so such a producer is received never again. After the first one, consumers are tried on a
 * connection of their own before they are opened.
 */
export class Quarantine {
  readonly #producerIds = new Set<string>();
  #isCareful = false;

  /** Whether consumers have to be tried before they are opened. */
  get isCareful(): boolean {
    return this.#isCareful;
  }

  /** Those of these that may be opened or tried. The rest is remembered. */
  admit(infos: readonly ConsumerInfo[]): ConsumerInfo[] {
    const plain = infos.filter(hasPlainTexts);
    this.add(infos.filter((info) => !plain.includes(info)));
    return plain.filter(({ producerId }) => !this.#producerIds.has(producerId));
  }

  /** Those of these that the browser takes beside the ones that are open. The rest is remembered. */
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

  /** It was closed. */
  delete(producerId: string): void {
    this.#producerIds.delete(producerId);
  }
}

/** JSON has a backslash where a text has a line break, a control character or a quote, and no parameter of media has any. */
function hasPlainTexts(info: ConsumerInfo): boolean {
  return !JSON.stringify(info).includes('\\');
}

/** Halves them until each half is taken, or is one that is not. */
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
