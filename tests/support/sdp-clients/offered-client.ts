/** A client that this server makes offers to, on a bare transport: one offer at a time, and one more when something changes. */
import type { Consumer, Producer, Router, RtpCapabilities, WebRtcTransport } from 'mediasoup/types';
import { optionsOf } from '../../../src/media/transport.ts';
import { type Offer, OfferedSections } from '../../../src/sdp/offered-sections.ts';
import { type Answer, readAnswer } from '../../../src/sdp/server-answer.ts';

export class OfferedClient {
  readonly #router: Router;
  readonly #transport: WebRtcTransport;
  readonly #sections: OfferedSections;
  readonly #consumers = new Map<string, Consumer>();
  #rtpCapabilities: RtpCapabilities | undefined;
  #change = Promise.withResolvers<void>();
  #offer: Offer | undefined;
  #ended = false;
  /** How many offers were answered. */
  answers = 0;
  /** What the client publishes. */
  readonly producers: Producer[] = [];

  constructor(router: Router, transport: WebRtcTransport) {
    this.#router = router;
    this.#transport = transport;
    this.#sections = new OfferedSections(router.rtpCapabilities, 1);
  }

  /** The next offer: at once for the first time, then when something has changed; undefined at the end. */
  async nextOffer(): Promise<string | undefined> {
    while (!this.#ended && this.answers > 0 && !this.#sections.changed) await this.#change.promise;
    if (this.#ended) return undefined;
    this.#offer = this.#sections.offer(optionsOf(this.#transport));
    return this.#offer.sdp;
  }

  async answer(sdp: string): Promise<void> {
    if (!this.#offer) throw new Error('there was no offer');
    const answer = readAnswer(sdp, this.#router.rtpCapabilities, this.#offer);
    this.#sections.answered();
    if (this.answers === 0) await this.#connect(answer);
    this.answers++;
  }

  /** Sends a track to the client, from its next offer on. */
  async add(producer: Producer, streamId: string): Promise<string> {
    if (!this.#rtpCapabilities) throw new Error('the client has not answered yet');
    const mid = this.#sections.reserve(producer.kind);
    if (mid === undefined) throw new Error('there is no section left');
    const consumer = await this.#transport.consume({
      producerId: producer.id,
      rtpCapabilities: this.#rtpCapabilities,
      mid,
    });
    this.#consumers.set(mid, consumer);
    this.#sections.fill(mid, {
      rtpParameters: consumer.rtpParameters,
      streamId,
      trackId: `${streamId}-${mid}`,
    });
    this.#tellChange();
    return mid;
  }

  remove(mid: string): void {
    this.#consumers.get(mid)?.close();
    this.#consumers.delete(mid);
    this.#sections.clear(mid);
    this.#tellChange();
  }

  end(): void {
    this.#ended = true;
    this.#tellChange();
  }

  async #connect({ dtlsParameters, publications, rtpCapabilities }: Answer): Promise<void> {
    this.#rtpCapabilities = rtpCapabilities;
    await this.#transport.connect({ dtlsParameters });
    for (const { kind, rtpParameters } of publications) {
      this.producers.push(await this.#transport.produce({ kind, rtpParameters }));
    }
  }

  #tellChange(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
