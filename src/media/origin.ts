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
  /**
   * Puts a microphone behind a gate, which is closed at first: from now on it is carried to receivers on its own router too,
   * and only while the gate is open does anything arrive.
   */
  addGate(producer: Producer): void;
  hasGate(producer: Producer | DataProducer): boolean;
  /** Opens or closes the gate of a microphone, for all receivers at once. */
  setGate(producer: Producer, isOpen: boolean): void;
  /** Measures how loud a microphone is. */
  observe(producer: Producer): void;
  /** Asks the sender of a producer for a key frame at once, of the lowest or the highest of its layers. */
  requestKeyFrame(producer: Producer, low: boolean): void;
}
