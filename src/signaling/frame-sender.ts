import type { WebSocket } from 'ws';

/** From this size on, frames that are sent together do not count as unread while they are on their way. */
const LARGE_BYTES = 65_536;
/** Frames are text (RFC 6455 section 5.6). */
const TEXT = { binary: false };

/** Sends text frames over one socket, and counts the bytes that the client has not read. */
export class FrameSender {
  readonly #socket: WebSocket;
  readonly #maxUnreadBytes: number;
  /** The size of the large batch that the client is reading; 0 where there is none. */
  #largeBytes = 0;

  constructor(socket: WebSocket, maxUnreadBytes: number) {
    this.#socket = socket;
    this.#maxUnreadBytes = maxUnreadBytes;
  }

  /** Whether the client has left too much unread to be sent anything more. */
  get isFull(): boolean {
    return this.#socket.bufferedAmount - this.#largeBytes > this.#maxUnreadBytes;
  }

  /**
   * Sends frames together. They are bytes, because `ws` counts waiting text in characters. A slow line takes a while to read a large batch, which is no fault of the client: one such batch at
   * a time does not count.
   * @param onSent is called when the last of them has left, and never if the socket fails before that
   */
  send(frames: readonly Buffer[], onSent?: () => void): void {
    const bytes = frames.reduce((sum, { length }) => sum + length, 0);
    const isExempt = bytes > LARGE_BYTES && this.#largeBytes === 0;
    if (isExempt) this.#largeBytes = bytes;
    let left = frames.length;
    for (const frame of frames) {
      this.#socket.send(frame, TEXT, (error) => {
        if (--left > 0) return;
        if (isExempt) this.#largeBytes = 0;
        if (!error) onSent?.();
      });
    }
  }
}
