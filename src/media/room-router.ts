import { EventEmitter } from 'node:events';
import type { DirectTransport, Producer, Router } from 'mediasoup/types';
import { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { TimeSlices } from '../lib/time-slices.ts';
import type { Code } from '../protocol/codes.ts';
import { MEDIA_CODECS } from './codecs.ts';
import { LOWEST } from './layers.ts';
import { type Direction, PeerMedia } from './peer-media.ts';
import type { ClaimId } from './sending.ts';
import { SpeakerObserver } from './speakers.ts';
import type { WorkerLease } from './workers.ts';

/** What routers share with the rest of their room and of the node. */
export interface RouterOptions {
  claimId: ClaimId;
  slices: TimeSlices;
  /** What a client is advised to send at most, in bits per second. */
  maxIncomingBitrate: number;
  /** What a client is sent at most, in bits per second. */
  maxOutgoingBitrate: number;
}

/** One mediasoup router of a room, on one worker, and the transports of the peers that it serves. */
export class RoomRouter extends EventEmitter<{ lost: [peers: number] }> {
  readonly speakers: SpeakerObserver;
  readonly #router: Router;
  readonly #direct: DirectTransport;
  readonly #lease: WorkerLease;
  readonly #closer = new Closer();
  readonly #peers = new Set<PeerMedia>();

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
      const peers = this.#peers.size;
      this.close('media_lost');
      this.emit('lost', peers);
    });
  }

  /** Takes over the lease, and releases it when it closes or cannot open. Throws `media_lost` if the worker dies. */
  static async open(lease: WorkerLease): Promise<RoomRouter> {
    try {
      return await RoomRouter.#open(lease);
    } catch (error) {
      lease.release();
      throw lease.worker.closed ? new AppError('media_lost', undefined, { cause: error }) : error;
    }
  }

  static async #open(lease: WorkerLease): Promise<RoomRouter> {
    const router = await lease.worker.createRouter({ mediaCodecs: MEDIA_CODECS });
    try {
      const [direct, speakers] = await Promise.all([
        router.createDirectTransport(),
        SpeakerObserver.open(router),
      ]);
      return new RoomRouter(lease, router, direct, speakers);
    } catch (error) {
      router.close();
      throw error;
    }
  }

  get closed(): boolean {
    return this.#closer.closed;
  }

  /** The transports of a peer. Throws the code that this router closed with. */
  async openPeer(directions: readonly Direction[], options: RouterOptions): Promise<PeerMedia> {
    this.#closer.assertOpen();
    const environment = {
      ...options,
      router: this.#router,
      webRtcServer: this.#lease.webRtcServer,
      requestKeyFrame: (producer: Producer, low: boolean) => this.#requestKeyFrame(producer, low),
    };
    const peer = await this.#closer.adopt(PeerMedia.open(environment, directions));
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

  /**
   * Asks a publisher for a key frame at once. A consumer on a transport that is not connected yet cannot ask; one on
   * a direct transport, which is always connected, asks the moment it is made. It asks for the layer that those who wait
   * will ask for: the worker limits the rate of requests for each layer, and encoders limit it for all layers together.
   */
  #requestKeyFrame(producer: Producer, low: boolean): void {
    if (producer.closed || this.#closer.closed) return;
    const { rtpCapabilities } = this.#router;
    const layers = low ? { preferredLayers: LOWEST } : {};
    this.#direct.consume({ producerId: producer.id, rtpCapabilities, ...layers }).then(
      (consumer) => consumer.close(),
      () => {}, // the producer closed meanwhile
    );
  }
}
