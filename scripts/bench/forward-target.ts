/** What `bench:forward` measures: something that forwards the media of rooms. */
import type { Generator } from '../load/generator.ts';
import type { Kind } from '../load/media-parameters.ts';
import type { Process } from '../load/processes.ts';

/** One room: its publishers, who receive each other, and those who only receive. */
export interface RoomShape {
  readonly kind: Kind;
  readonly publishers: number;
  readonly viewers: number;
  /** Of a video, in bits per second. */
  readonly bitrate: number;
}

export interface Target {
  readonly name: string;
  readonly generator: Generator;
  /** The first step, in packets per second: well below what it can do. */
  readonly firstPackets: number;
  /** Whose CPU counts. */
  readonly processes: readonly Process[];
  /** Resolves when all of the room are connected. */
  addRoom(shape: RoomShape): Promise<void>;
  close(): Promise<void>;
}
