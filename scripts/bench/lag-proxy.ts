/** A proxy that makes a far network out of a near one: TCP and UDP on one port, forwarded late, or not at all. */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { DelayLine, type PathOptions } from './delay-line.ts';

interface Address {
  host: string;
  port: number;
}

export interface LagProxyOptions {
  /** Where it listens; port 0 takes a free one. */
  listen: Address;
  /** Where it forwards to. */
  target: Address;
  /** The path in each direction. */
  path: PathOptions;
  /** Round trips that a new TCP connection costs: one for TCP, and one for TLS 1.3 (RFC 8446 section 2). */
  connectRoundTrips?: number;
}

/** One client's packets: a socket of its own to the target, so that answers find back. */
interface Flow {
  upstream: UdpSocket;
  up: DelayLine<Buffer>;
  down: DelayLine<Buffer>;
}

export class LagProxy {
  readonly #options: LagProxyOptions;
  readonly #tcp: Server;
  readonly #udp: UdpSocket;
  readonly #flows = new Map<string, Flow>();
  readonly #streams = new Set<Socket>();
  #path: PathOptions;
  #cutUdp = false;
  #cutTcp = false;

  private constructor(options: LagProxyOptions, tcp: Server, udp: UdpSocket) {
    this.#options = options;
    this.#path = options.path;
    this.#tcp = tcp;
    this.#udp = udp;
    tcp.on('connection', (client) => this.#connected(client));
    udp.on('message', (packet, from) => this.#received(packet, from));
  }

  static async open(options: LagProxyOptions): Promise<LagProxy> {
    const { host, port } = options.listen;
    const tcp = createServer({ allowHalfOpen: true, noDelay: true }).listen(port, host);
    await once(tcp, 'listening');
    const udp = createSocket('udp4');
    udp.bind(portOf(tcp), host);
    await once(udp, 'listening');
    return new LagProxy(options, tcp, udp);
  }

  get port(): number {
    return portOf(this.#tcp);
  }

  /** Changes the path of all that is put on it from now on. */
  set path(path: PathOptions) {
    this.#path = path;
    for (const { up, down } of this.#flows.values()) {
      up.path = path;
      down.path = path;
    }
  }

  /** Cuts UDP, or mends it: what is sent meanwhile is lost. */
  set udpCut(cut: boolean) {
    this.#cutUdp = cut;
  }

  /** Cuts TCP, or mends it: connections break off, and so do new ones. */
  set tcpCut(cut: boolean) {
    this.#cutTcp = cut;
    if (cut) this.cutTcp();
  }

  /** Cuts or mends both. */
  set cut(cut: boolean) {
    this.udpCut = cut;
    this.tcpCut = cut;
  }

  /** Ends all TCP connections, as a network that goes away does. */
  cutTcp(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  /** Gives every flow a new source port, as a NAT that forgot it does. */
  rebind(): void {
    for (const [key, flow] of this.#flows) {
      closeFlow(flow);
      this.#flows.delete(key);
    }
  }

  async close(): Promise<void> {
    this.cutTcp();
    this.rebind();
    this.#udp.close();
    this.#tcp.close();
    await once(this.#tcp, 'close');
  }

  #connected(client: Socket): void {
    if (this.#cutTcp) {
      client.destroy();
      return;
    }
    const { target, connectRoundTrips = 2 } = this.#options;
    const upstream = connect({ ...target, noDelay: true, allowHalfOpen: true });
    const handshakesMs = connectRoundTrips * 2 * this.#path.delayMs;
    const opened = performance.now();
    this.#pipe(client, upstream, () => Math.max(0, handshakesMs - (performance.now() - opened)));
    this.#pipe(upstream, client, () => 0);
  }

  /** Forwards a stream in one direction; what comes before the handshakes would be done waits for them. */
  #pipe(from: Socket, to: Socket, stillShaking: () => number): void {
    this.#streams.add(from);
    const line = new DelayLine<Buffer | null>(this.#path, (piece) => {
      if (piece) to.write(piece);
      else to.end();
    });
    const put = (piece: Buffer | null) => {
      line.path = { ...this.#path, delayMs: this.#path.delayMs + stillShaking() };
      line.put(piece, piece?.length ?? 0, 'stream');
    };
    from.on('data', put);
    from.on('end', () => put(null));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#streams.delete(from);
      if (from.destroyed && !from.readableEnded) {
        line.clear();
        to.destroy();
      }
    });
  }

  #received(packet: Buffer, from: RemoteInfo): void {
    if (this.#cutUdp) return;
    const key = `${from.address}:${from.port}`;
    let flow = this.#flows.get(key);
    if (!flow) {
      flow = this.#openFlow(from);
      this.#flows.set(key, flow);
    }
    flow.up.put(packet, packet.length, 'packet');
  }

  #openFlow(client: RemoteInfo): Flow {
    const { host, port } = this.#options.target;
    const upstream = createSocket('udp4');
    const down = new DelayLine<Buffer>(this.#path, (packet) =>
      this.#udp.send(packet, client.port, client.address),
    );
    upstream.on('message', (packet) => {
      if (!this.#cutUdp) down.put(packet, packet.length, 'packet');
    });
    upstream.on('error', () => {}); // nobody listens there, as on a network
    return { upstream, up: new DelayLine(this.#path, (packet) => upstream.send(packet, port, host)), down };
  }
}

function closeFlow({ upstream, up, down }: Flow): void {
  up.clear();
  down.clear();
  upstream.close();
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the proxy does not listen');
  return address.port;
}
