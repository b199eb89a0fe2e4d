/** How long nobody has to want a layer until its publisher is told, in milliseconds: people scroll, and look back. */
const RELEASE_MS = 2000;

/** Which layers of one video somebody wants. Its publisher is told at once of those that are wanted, and later of the others. */
export class LayerInterest {
  readonly #tell: (active: boolean[]) => void;
  /** How many receivers want each spatial layer. */
  readonly #receivers: number[];
  /** What the publisher was told last. It begins with all. */
  #told: readonly boolean[];
  #timer: NodeJS.Timeout | undefined;

  /** @param count of spatial layers */
  constructor(count: number, tell: (active: boolean[]) => void) {
    this.#tell = tell;
    // The lowest is kept for whoever comes next: a sender that has stopped takes some time to begin again.
    this.#receivers = Array.from({ length: count }, (_, layer) => (layer === 0 ? 1 : 0));
    this.#told = this.#receivers.map(() => true);
    this.#check();
  }

  /** What the publisher was told to send. */
  get wanted(): readonly boolean[] {
    return this.#told;
  }

  /** One receiver wants other layers than before. */
  change(before: readonly number[], after: readonly number[]): void {
    for (const layer of before) this.#add(layer, -1);
    for (const layer of after) this.#add(layer, 1);
    this.#check();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #add(layer: number, receivers: number): void {
    this.#receivers[layer] = (this.#receivers[layer] ?? 0) + receivers;
  }

  #check(): void {
    const wanted = this.#receivers.map((receivers) => receivers > 0);
    if (wanted.some((isWanted, layer) => isWanted && !this.#told[layer])) {
      this.#say(wanted.map((isWanted, layer) => isWanted || this.#told[layer] === true));
    }
    const isReleasing = this.#told.some((isTold, layer) => isTold && !wanted[layer]);
    if (!isReleasing) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else {
      this.#timer ??= setTimeout(() => this.#release(), RELEASE_MS);
    }
  }

  #release(): void {
    this.#timer = undefined;
    this.#say(this.#receivers.map((receivers) => receivers > 0));
  }

  #say(active: boolean[]): void {
    this.#told = active;
    this.#tell(active);
  }
}
