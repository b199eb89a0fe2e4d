import type { DataProducer, Producer, Router } from 'mediasoup/types';

/** A producer on a router to which it was carried from another one. */
export interface Carried {
  /** The mediasoup id that it has on that router. */
  readonly id: string;
  close(): void;
}

/** The router that producers were made on, as other routers know it. It may run on another worker, or on another machine. */
export interface Origin {
  /** Makes a producer available on another router as well. Closes with the producer. */
  carry(producer: Producer | DataProducer, to: Router): Promise<Carried>;
  /** Measures how loud a microphone is. */
  observe(producer: Producer): void;
  /** Asks the sender of a producer for a key frame at once, of the lowest or the highest of its layers. */
  requestKeyFrame(producer: Producer, low: boolean): void;
}
