import { randomUUID } from 'node:crypto';
import { AppError } from '../lib/errors.ts';
import { GRANT_OF_SOURCE, type Grant, type Source } from '../protocol/grants.ts';
import type { Publication } from '../sdp/whip.ts';
import type { Publications } from './publications.ts';

interface Options {
  publications: Publications;
  /** What the member may do at this moment. */
  may: (grant: Grant) => boolean;
  /** Whether a host has muted the source. */
  isMuted: (source: Source) => boolean;
  noteLimit: (limit: string) => void;
  /** Throws `rate_limited` where the user has published too often. */
  charge: () => void;
}

interface Track {
  readonly source: Source;
  readonly rtpParameters: Publication['rtpParameters'];
  /** The id of its producer; undefined while the role does not allow it. */
  id: string | undefined;
}

const SOURCE_OF_KIND = { video: 'camera', audio: 'mic' } as const;

/**
 * What a client sends, as its answers say it. A track is published once: what a host stops stays stopped, although all later
 * answers have it too, until the client sends another one.
 */
export class AnsweredTracks {
  readonly #options: Options;
  /** By the `mid` of the section. */
  readonly #tracks = new Map<string, Track>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Publishes what the client sends now and did not before, and closes what it sends no more. Throws `invalid_media`, `rate_limited`. */
  async update(answered: readonly Publication[]): Promise<void> {
    for (const [mid, track] of this.#tracks) {
      const same = answered.find((publication) => publication.mid === mid && isSame(publication, track));
      if (same) continue;
      this.#close(track);
      this.#tracks.delete(mid);
    }
    for (const { mid, kind, rtpParameters } of answered) {
      if (this.#tracks.has(mid)) continue;
      const track: Track = { source: SOURCE_OF_KIND[kind], rtpParameters, id: undefined };
      this.#tracks.set(mid, track);
      await this.#publish(track);
    }
  }

  /** Publishes what the role allows now and did not before. What it does not allow any more was closed. */
  async roleChanged(): Promise<void> {
    for (const track of this.#tracks.values()) {
      if (!this.#isAllowed(track)) track.id = undefined;
      else if (track.id === undefined) await this.#publish(track);
    }
  }

  /** The media is another one: nothing is published there yet. */
  reset(): void {
    this.#tracks.clear();
  }

  async #publish(track: Track): Promise<void> {
    const { publications, isMuted, noteLimit, charge } = this.#options;
    if (!this.#isAllowed(track)) return;
    charge();
    const { source, rtpParameters } = track;
    const id = randomUUID();
    track.id = id;
    try {
      await publications.produce({ id, source, rtpParameters, paused: isMuted(source) });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'limit_reached') noteLimit('MAX_PRODUCERS_PER_PEER');
      else if (error.code === 'forbidden') track.id = undefined;
      else throw error;
    }
  }

  #close({ id }: Track): void {
    const { publications } = this.#options;
    const isOpen = id !== undefined && [...publications.media].some((publication) => publication.id === id);
    if (isOpen) publications.close(id);
  }

  #isAllowed({ source }: Track): boolean {
    return this.#options.may(GRANT_OF_SOURCE[source]);
  }
}

function isSame(publication: Publication, track: Track): boolean {
  return JSON.stringify(publication.rtpParameters) === JSON.stringify(track.rtpParameters);
}
