import type { Producer } from 'mediasoup/types';

/** How many codecs with their parameters are remembered; a browser has about ten. */
const MAX_REMEMBERED = 64;

/**
 * Remembers which codecs a client can decode: mediasoup's own check clones and validates all capabilities of the client
 * each time.
 */
export class CodecSupport {
  readonly #canConsume: (producer: Producer) => boolean;
  readonly #known = new Map<string, boolean>();

  constructor(canConsume: (producer: Producer) => boolean) {
    this.#canConsume = canConsume;
  }

  supports(producer: Producer): boolean {
    const key = codecOf(producer);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const supported = this.#canConsume(producer);
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(key, supported);
    return supported;
  }
}

/** What of a producer decides who can consume it: its codecs, as receivers get them. */
function codecOf({ consumableRtpParameters }: Producer): string {
  return JSON.stringify(
    consumableRtpParameters.codecs.map(({ mimeType, channels, clockRate, parameters }) => [
      mimeType,
      channels,
      clockRate,
      parameters,
    ]),
  );
}
