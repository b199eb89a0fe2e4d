import type { Producer } from 'mediasoup/types';
import type { Speakers } from '../media/speakers.ts';
import type { EventData } from '../protocol/events.ts';

/** Which member each observed microphone belongs to. */
export class SpeakerNames {
  readonly #peerIds = new WeakMap<Producer, string>();

  add(microphone: Producer, peerId: string): void {
    this.#peerIds.set(microphone, peerId);
  }

  /** Who speaks, as clients are told. */
  describe({ active, levels }: Speakers): EventData<'speakersChanged'> {
    return {
      active: (active && this.#peerIds.get(active)) ?? null,
      levels: levels.flatMap(({ producer, level }) => {
        const peerId = this.#peerIds.get(producer);
        return peerId ? [{ peerId, level }] : [];
      }),
    };
  }
}
