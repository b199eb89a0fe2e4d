import type { WebRtcTransport } from 'mediasoup/types';
import { Closer } from '../lib/closer.ts';
import { AppError } from '../lib/errors.ts';
import type { Code } from '../protocol/codes.ts';
import type { DtlsParameters, IceParameters, TransportOptions } from '../protocol/transports.ts';
import { refusable } from './refusals.ts';
import { optionsOf } from './transport.ts';

/** The server's end of one transport, which its client connects once. */
export class ClientTransport {
  readonly transport: WebRtcTransport;
  readonly closer = new Closer();
  /** The DTLS parameters that it was connected with, as JSON. */
  #connectedWith: string | undefined;

  constructor(transport: WebRtcTransport) {
    this.transport = transport;
  }

  /** What the client needs to make its end. */
  get options(): TransportOptions {
    return optionsOf(this.transport);
  }

  /** Whether the client receives what is sent. */
  get isConnected(): boolean {
    return this.transport.dtlsState === 'connected';
  }

  /**
   * Whether it was connected with these parameters before, so that a join can be repeated. Throws `already_connected`
   * where it was connected with others.
   */
  wasConnectedWith(parameters: DtlsParameters): boolean {
    if (!this.#connectedWith) return false;
    if (this.#connectedWith === JSON.stringify(parameters)) return true;
    throw new AppError('already_connected');
  }

  async connect(dtlsParameters: DtlsParameters): Promise<void> {
    this.#connectedWith = JSON.stringify(dtlsParameters); // mediasoup may change what it is given
    try {
      await this.closer.wait(refusable(() => this.transport.connect({ dtlsParameters })));
    } catch (error) {
      this.#connectedWith = undefined;
      throw error;
    }
  }

  async restartIce(): Promise<IceParameters> {
    return await this.closer.wait(this.transport.restartIce());
  }

  close(code: Code): void {
    if (this.closer.close(code)) this.transport.close();
  }
}
