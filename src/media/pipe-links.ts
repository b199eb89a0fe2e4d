import type { DataProducer, Producer, Router, TransportListenInfo } from 'mediasoup/types';
import type { Gate } from './gate.ts';
import type { Carried } from './origin.ts';
import { PipeLink } from './pipe-link.ts';

/** The links between the routers of one room on this machine: one for each pair, made when it is needed first. */
export class PipeLinks {
  readonly #listenInfo: TransportListenInfo;
  readonly #links = new Map<string, Promise<PipeLink>>();

  /** @param listenInfo where the transports listen: on the loopback interface, so that no firewall needs to know of them */
  constructor(listenInfo: TransportListenInfo) {
    this.#listenInfo = listenInfo;
  }

  /**
   * Makes a producer of one router available on another, or once more on the same.
   * @param gate between the producer and what is carried
   */
  async carry(producer: Producer | DataProducer, from: Router, to: Router, gate?: Gate): Promise<Carried> {
    const link = await this.#link(from, to);
    return await link.carry(producer, from, gate);
  }

  /** A link that could not be made, or has closed with one of its routers, is forgotten. */
  #link(from: Router, to: Router): Promise<PipeLink> {
    const key = [from.id, to.id].sort().join();
    const known = this.#links.get(key);
    if (known) return known;
    const opening = PipeLink.open(from, to, this.#listenInfo);
    this.#links.set(key, opening);
    const forget = () => {
      if (this.#links.get(key) === opening) this.#links.delete(key);
    };
    opening.then((link) => (link.closed ? forget() : link.onClosed(forget)), forget);
    return opening;
  }
}
