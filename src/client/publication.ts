import type { Producer, ProducerOptions, RtpParameters } from 'mediasoup-client/types';
import type { VideoCodec } from '../protocol/constants.ts';
import { KIND_OF_SOURCE, type Source } from '../protocol/grants.ts';
import type { ProducerInfo } from '../protocol/model.ts';
import { audioEncoding, encodingsFor } from './encodings.ts';
import { RoomError } from './errors.ts';
import { sendLayers } from './sent-layers.ts';
import type { Signaling } from './signaling.ts';
import type { Transports } from './transports.ts';
import { randomUuid } from './uuid.ts';

/** How a track is published. */
export interface PublishOptions {
  source: Source;
  /** Sends a picture in several sizes, of which each receiver gets one that fits. By default true. */
  simulcast?: boolean;
  /** The codec of a video. By default the one that the server prefers, of those that this browser has. */
  codec?: VideoCodec;
  /** Starts paused: nobody sees or hears it until `resume`. */
  paused?: boolean;
}

/** A track of this peer that the room can see or hear. It outlives reconnects. */
export interface Publication {
  readonly source: Source;
  readonly track: MediaStreamTrack;
  readonly paused: boolean;
  readonly closed: boolean;
  /** Nothing is sent, and the others are told. The track is disabled, which shows as black or silence in a preview. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Sends another track of the same kind from now on. The old one is not stopped. */
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  /** Ends it. The track is stopped if asked for. */
  close(options?: { stopTrack?: boolean }): void;
}

/** What a publication is sent over, for as long as one session lives. */
export interface SendingSide {
  readonly transports: Pick<Transports, 'produce' | 'videoCodec'>;
  readonly request: Signaling['request'];
}

/** One session's producer of a publication. */
interface Link {
  readonly id: string;
  readonly side: SendingSide;
  producer?: Producer;
  /** Whether the server was told of it, and whether it has said that it has it. */
  announced: boolean;
  taken: boolean;
  /** Which layers somebody wants; all of them until the server says otherwise. */
  active?: readonly boolean[];
}

/** What the sender may begin with, before it has measured: the first pictures would be small and late. In kbit/s. */
const START_KBPS = 1000;

export class LocalPublication implements Publication {
  readonly source: Source;
  readonly #simulcast: boolean;
  readonly #codec: VideoCodec | undefined;
  readonly #onClosed: (error: RoomError | undefined) => void;
  readonly #onEnded = () => this.close();
  #track: MediaStreamTrack;
  #paused: boolean;
  #closed = false;
  #link: Link | undefined;

  /** @param onClosed is called once, with an error when the server refused it */
  constructor(
    track: MediaStreamTrack,
    { source, simulcast = true, codec, paused = false }: PublishOptions,
    onClosed: (error: RoomError | undefined) => void,
  ) {
    if (track.kind !== KIND_OF_SOURCE[source]) throw new TypeError(`${source} is no ${track.kind}`);
    this.source = source;
    this.#track = track;
    this.#simulcast = simulcast;
    this.#codec = codec;
    this.#paused = paused;
    this.#onClosed = onClosed;
    track.enabled = !paused;
    track.addEventListener('ended', this.#onEnded);
  }

  get track(): MediaStreamTrack {
    return this.#track;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get closed(): boolean {
    return this.#closed;
  }

  pause(): Promise<void> {
    return this.#setPaused(true);
  }

  resume(): Promise<void> {
    return this.#setPaused(false);
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    if (this.#closed) throw new RoomError('not_found', 'this publication is closed');
    if (track.kind !== this.#track.kind) throw new TypeError(`${this.source} is no ${track.kind}`);
    this.#track.removeEventListener('ended', this.#onEnded);
    this.#track = track;
    track.enabled = !this.#paused;
    track.addEventListener('ended', this.#onEnded);
    const link = this.#link;
    await link?.producer?.replaceTrack({ track });
    const size = sizeOf(track);
    if (link?.announced && size) await link.side.request('updateProducer', { id: link.id, size });
  }

  close({ stopTrack = false }: { stopTrack?: boolean } = {}): void {
    if (stopTrack) this.#track.stop();
    this.#close(undefined);
  }

  /** Sends it in this session. What goes wrong ends in `onClosed`. */
  attach(side: SendingSide): void {
    if (this.#closed) return;
    const link: Link = { id: randomUuid(), side, announced: false, taken: false };
    this.#link = link;
    const track = this.#track;
    side.transports
      .produce(link.id, this.#options(track, side.transports), (rtpParameters) =>
        this.#announce(link, rtpParameters),
      )
      .then((producer) => this.#produced(link, producer, track))
      .catch((error: unknown) => {
        const refusal = error instanceof RoomError ? error : undefined;
        if (this.#link === link)
          this.#failed(link, refusal ?? new RoomError('invalid_media', undefined, { cause: error }));
      });
  }

  /** The server has paused it: it is not asked to. */
  pausedByServer(): void {
    this.#setTo(true);
  }

  /** The server has ended it, or will not have it. */
  endedByServer(error: RoomError): void {
    this.#close(error);
  }

  /** Which layers somebody wants, by the id of the producer. */
  wanted(producerId: string, active: readonly boolean[]): void {
    const link = this.#link;
    if (link?.id !== producerId) return;
    link.active = active;
    if (link.producer) this.#follow(link.producer, active);
  }

  /** What the server has of this peer by now, where it could not tell what has changed. */
  found(published: readonly ProducerInfo[]): void {
    const link = this.#link;
    if (!link?.taken) return; // it is on its way
    const producer = published.find(({ id }) => id === link.id);
    if (!producer) this.endedByServer(new RoomError('source_stopped'));
    else if (producer.paused) this.pausedByServer();
  }

  /** The session is over; another may come. */
  detach(): void {
    const link = this.#link;
    this.#link = undefined;
    link?.producer?.close();
  }

  #options(track: MediaStreamTrack, transports: SendingSide['transports']): ProducerOptions {
    const { source } = this;
    const options = { track, stopTracks: false, disableTrackOnPause: false };
    if (track.kind === 'audio') {
      const music = source === 'screen-audio';
      const codecOptions = { opusStereo: music, opusDtx: !music, opusFec: true };
      return { ...options, encodings: [audioEncoding(source)], codecOptions };
    }
    if (source === 'screen' && track.contentHint === '') track.contentHint = 'detail';
    const { name, capability } = transports.videoCodec(this.#codec);
    const layered = this.#simulcast;
    return {
      ...options,
      encodings: encodingsFor({ source, size: track.getSettings(), codec: name, layered }),
      codecOptions: { videoGoogleStartBitrate: START_KBPS },
      ...(capability && { codec: capability }),
    };
  }

  #announce(link: Link, { mid, codecs, headerExtensions, encodings = [], rtcp }: RtpParameters): void {
    if (this.#link !== link) return;
    link.announced = true;
    const rtpParameters = {
      codecs,
      encodings,
      ...(mid !== undefined && { mid }),
      ...(headerExtensions && { headerExtensions }),
      ...(rtcp && { rtcp }),
    };
    const size = sizeOf(this.#track);
    const params = { id: link.id, source: this.source, rtpParameters, ...(size && { size }) };
    const produce = () => link.side.request('produce', { ...params, paused: this.#paused });
    produce()
      .catch((error: RoomError) => {
        if (error.code !== 'muted_by_host' || this.#link !== link) throw error;
        this.pausedByServer(); // what a host has muted may be there, paused
        return produce();
      })
      .then(() => {
        link.taken = true;
      })
      .catch((error: RoomError) => this.#failed(link, error));
  }

  #produced(link: Link, producer: Producer, track: MediaStreamTrack): void {
    if (this.#link !== link) {
      producer.close();
      return;
    }
    link.producer = producer;
    if (link.active) this.#follow(producer, link.active);
    if (this.#track !== track) producer.replaceTrack({ track: this.#track }).catch(ignoreClosed);
  }

  #follow({ rtpSender }: Producer, active: readonly boolean[]): void {
    if (rtpSender) sendLayers(rtpSender, active).catch(ignoreClosed);
  }

  /** A session that ended, or was not joined, says nothing about the publication: it is sent in the next one. */
  #failed(link: Link, error: RoomError): void {
    if (this.#link !== link) return;
    if (error.code === 'not_joined' || error.retry) this.detach();
    else this.#close(error);
  }

  async #setPaused(paused: boolean): Promise<void> {
    if (this.#closed || this.#paused === paused) return;
    this.#setTo(paused);
    const link = this.#link;
    if (!link?.announced) return;
    try {
      await link.side.request(paused ? 'pauseProducer' : 'resumeProducer', { id: link.id });
      if (this.#link === link) this.#setTo(paused); // what the server told meanwhile was before the answer
    } catch (error) {
      if (this.#link !== link) return; // the next session is told with `produce`
      this.#setTo(!paused);
      throw error;
    }
  }

  #setTo(paused: boolean): void {
    this.#paused = paused;
    this.#track.enabled = !paused;
  }

  #close(error: RoomError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#track.removeEventListener('ended', this.#onEnded);
    const link = this.#link;
    this.detach();
    if (link?.announced && !error) link.side.request('closeProducer', { id: link.id }).catch(ignoreClosed);
    this.#onClosed(error);
  }
}

/** Of the picture that a track has; undefined for sound, and where the browser does not tell. */
function sizeOf(track: MediaStreamTrack): { width: number; height: number } | undefined {
  const { width, height } = track.getSettings();
  return track.kind === 'video' && width && height ? { width, height } : undefined;
}

/** It fails only when the session ended meanwhile, and then there is nothing left to do. */
function ignoreClosed(): void {}
