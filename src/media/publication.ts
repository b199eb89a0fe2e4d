import type { DataProducer, Producer } from 'mediasoup/types';
import type { Source } from '../protocol/grants.ts';
import type { KeyFrames } from './key-frames.ts';
import type { Origin } from './origin.ts';
import type { RoundTrip } from './round-trip.ts';
import type { SoundRate } from './sound-rate.ts';
import type { VideoLayers } from './video-layers.ts';

/** What others need of the side that sends a producer's media. */
export interface Publisher {
  /** The router that its producers are on. */
  readonly origin: Origin;
  /** Between this server and the sender. */
  readonly roundTrip: Pick<RoundTrip, 'ms'>;
  /** Whether its media was lost with a worker. Its producers close without a word then. */
  readonly lost: boolean;
  /** Pauses or resumes one of its producers. Throws `not_found` when the producer has closed. */
  setPaused(producer: Producer, paused: boolean): Promise<void>;
}

/** A producer, and what receivers need to know to receive it well. */
export interface PublishedMedia {
  /** The id that its client gave it, which is unique in this room only. mediasoup has an id of its own. */
  readonly id: string;
  readonly source: Source;
  readonly producer: Producer;
  /** The router that the producer is on. */
  readonly origin: Origin;
  /** Undefined for audio. */
  readonly keyFrames: KeyFrames | undefined;
  /** Undefined for audio. */
  readonly layers: VideoLayers | undefined;
  /** Undefined for video. */
  readonly sound: SoundRate | undefined;
  readonly publisher: Publisher;
  /** When it was published, by `performance.now()`. */
  readonly at: number;
}

/** A data producer, and the router that it is on. */
export interface PublishedData {
  readonly dataProducer: DataProducer;
  readonly origin: Origin;
}
