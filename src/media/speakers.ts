import { EventEmitter } from 'node:events';
import type { ActiveSpeakerObserver, AudioLevelObserver, Producer, Router } from 'mediasoup/types';

/** At most four times a second, so that a room has never more than five such events in one. */
const INTERVAL_MS = 250;
/** In dBov (RFC 6464); what is quieter counts as silence. */
const THRESHOLD_DBOV = -60;
/** How many of the loudest are told. */
const MAX_LEVELS = 10;

/** Who speaks: the dominant producer, and the levels in dBov of the loudest ones, loudest first. */
export interface Speakers {
  active: Producer | undefined;
  levels: { producer: Producer; level: number }[];
}

/** Listens to the microphones of one router and tells who speaks. Closes with the router. */
export class SpeakerObserver extends EventEmitter<{ changed: [Speakers] }> {
  readonly #levels: AudioLevelObserver;
  readonly #dominant: ActiveSpeakerObserver;
  #active: Producer | undefined;

  private constructor(levels: AudioLevelObserver, dominant: ActiveSpeakerObserver) {
    super();
    this.#levels = levels;
    this.#dominant = dominant;
    dominant.on('dominantspeaker', ({ producer }) => {
      this.#active = producer;
    });
    levels.on('volumes', (volumes) =>
      this.#tell(volumes.map(({ producer, volume }) => ({ producer, level: Math.round(volume) }))),
    );
    levels.on('silence', () => this.#tell([]));
  }

  static async open(router: Router): Promise<SpeakerObserver> {
    const [levels, dominant] = await Promise.all([
      router.createAudioLevelObserver({
        interval: INTERVAL_MS,
        threshold: THRESHOLD_DBOV,
        maxEntries: MAX_LEVELS,
      }),
      router.createActiveSpeakerObserver({ interval: INTERVAL_MS }),
    ]);
    return new SpeakerObserver(levels, dominant);
  }

  /** A producer that closes is removed by mediasoup itself. */
  async add(producer: Producer): Promise<void> {
    await Promise.all([
      this.#levels.addProducer({ producerId: producer.id }),
      this.#dominant.addProducer({ producerId: producer.id }),
    ]);
  }

  /** Who spoke last stays the active one in a silence, as pauses belong to speech. */
  #tell(levels: Speakers['levels']): void {
    this.emit('changed', { active: this.#active?.closed ? undefined : this.#active, levels });
  }
}
