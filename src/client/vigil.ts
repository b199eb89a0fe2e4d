import type { Socket } from './socket.ts';

/**
 * Watches the socket of one who waits in a lobby, where nothing else would notice that it is dead. After a while of
 * silence it asks for a sign of life, and after as long again it gives the socket up.
 */
export class Vigil {
  readonly #socket: Socket;
  readonly #timer: ReturnType<typeof setInterval>;
  #lastId = 0;
  #asked = false;

  /** @param interval milliseconds of silence */
  constructor(socket: Socket, interval: number) {
    this.#socket = socket;
    this.#timer = setInterval(() => this.#look(), interval);
    void socket.closed.then(() => this.end());
  }

  /** To be called for each frame. */
  heard(): void {
    this.#asked = false;
  }

  /** Ends it, and says which id was the last that it has used: ids of requests rise. */
  end(): number {
    clearInterval(this.#timer);
    return this.#lastId;
  }

  #look(): void {
    if (this.#asked) {
      this.#socket.close('connection_lost');
      return;
    }
    this.#asked = true;
    this.#socket.send(JSON.stringify({ id: ++this.#lastId, method: 'ping', params: {} }));
  }
}
