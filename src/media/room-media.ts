import { EventEmitter } from 'node:events';
import type { DirectTransport, Producer, Router, RtpCapabilities } from 'mediasoup/types';
import { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { Code } from '../protocol/codes.ts';
import { MEDIA_CODECS } from './codecs.ts';
import { LOWEST } from './layers.ts';
import { PeerMedia } from './peer-media.ts';
import { SpeakerObserver } from './speakers.ts';
import type { WorkerLease } from './workers.ts';

/** The media of one room: a router of its own, so that nothing crosses from one room to another. */
export class RoomMedia extends EventEmitter<{ lost: [] }> {
  readonly speakers: SpeakerObserver;
  readonly #router: Router;
  readonly #direct: DirectTransport;
  readonly #lease: WorkerLease;
  readonly #closer = new Closer();
  readonly #peers = new Set<PeerMedia>();
  /** Ids of producers and data producers, which clients choose: one id means one thing in a room, and nothing outside. */
  readonly #ids = new Set<string>();

  private constructor(
    lease: WorkerLease,
    router: Router,
    direct: DirectTransport,
    speakers: SpeakerObserver,
  ) {
    super();
    this.#lease = lease;
    this.#router = router;
    this.#direct = direct;
    this.speakers = speakers;
    router.on('workerclose', () => {
      this.close('media_lost');
      this.emit('lost');
    });
  }

  /** Takes over the lease, and releases it when it closes or cannot open. Throws `media_lost` if the worker dies. */
  static async open(lease: WorkerLease): Promise<RoomMedia> {
    try {
      return await RoomMedia.#open(lease);
    } catch (error) {
      lease.release();
      throw lease.worker.closed ? new AppError('media_lost', undefined, { cause: error }) : error;
    }
  }

  static async #open(lease: WorkerLease): Promise<RoomMedia> {
    const router = await lease.worker.createRouter({ mediaCodecs: MEDIA_CODECS });
    try {
      const [direct, speakers] = await Promise.all([
        router.createDirectTransport(),
        SpeakerObserver.open(router),
      ]);
      return new RoomMedia(lease, router, direct, speakers);
    } catch (error) {
      router.close();
      throw error;
    }
  }

  get rtpCapabilities(): RtpCapabilities {
    return this.#router.rtpCapabilities;
  }

  /** Both transports of a peer. Throws when the room closes meanwhile. */
  async openPeer(): Promise<PeerMedia> {
    this.#closer.assertOpen();
    const peer = await this.#closer.adopt(
      PeerMedia.open({
        router: this.#router,
        webRtcServer: this.#lease.webRtcServer,
        claimId: (id) => this.#claimId(id),
        requestKeyFrame: (producer, low) => this.#requestKeyFrame(producer, low),
      }),
    );
    this.#peers.add(peer);
    this.#lease.peers = Math.max(this.#lease.peers, this.#peers.size);
    peer.once('closed', () => {
      this.#peers.delete(peer);
      this.#lease.peers = this.#peers.size;
    });
    return peer;
  }

  close(code: Code): void {
    if (!this.#closer.close(code)) return;
    for (const peer of this.#peers) peer.close(code);
    this.#router.close();
    this.#lease.release();
    this.speakers.removeAllListeners();
  }

  /** Takes an id; undefined if it is in use. The function that comes back gives it free. */
  #claimId(id: string): (() => void) | undefined {
    if (this.#ids.has(id)) return undefined;
    this.#ids.add(id);
    return () => void this.#ids.delete(id);
  }

  /**
   * Asks a publisher for a key frame at once. A consumer on a transport that is not connected yet cannot ask; one on
   * a direct transport, which always is, asks the moment it is made. It asks for the layer that those who wait will ask
   * for: the worker keeps the time between requests for one layer, and encoders between those for any.
   */
  #requestKeyFrame(producer: Producer, low: boolean): void {
    if (producer.closed || this.#closer.closed) return;
    const { rtpCapabilities } = this;
    const layers = low ? { preferredLayers: LOWEST } : {};
    this.#direct.consume({ producerId: producer.id, rtpCapabilities, ...layers }).then(
      (consumer) => consumer.close(),
      () => {}, // the producer closed meanwhile
    );
  }
}
