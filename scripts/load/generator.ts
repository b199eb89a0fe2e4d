/** The program in `peer/`, which carries the media of all simulated peers: its commands and what it tells. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { TransportOptions } from '../../src/protocol/transports.ts';
import type { ExtensionIds } from './media-parameters.ts';

/** What all simulated peers send: `media/encode.ts` made it. */
const MEDIA_FILE = fileURLToPath(new URL('media/media.bin', import.meta.url));

const Buckets = z.array(z.tuple([z.int(), z.int()]));
const OfKind = z.object({ packets: z.int(), bytes: z.int(), latencyUs: Buckets });

/** All that was counted so far. Bytes are those of RTP packets. */
const Totals = z.object({
  connected: z.int(),
  lost: z.int(),
  unclaimed: z.int(),
  refused: z.int(),
  sentPackets: z.int(),
  sentBytes: z.int(),
  unsentPackets: z.int(),
  keyFrameRequests: z.int(),
  /** For which the program was held up, since the totals were asked for last. */
  longestDelayMs: z.number(),
  audio: OfKind,
  video: OfKind,
});
export type Totals = z.infer<typeof Totals>;

/** What was received of one sender. `firstAt` is in milliseconds since 1970, and 0 where nothing came. */
const StreamCounts = z.object({
  id: z.int(),
  packets: z.int(),
  bytes: z.int(),
  lost: z.int(),
  repeated: z.int(),
  jitterMs: z.number(),
  firstAt: z.number(),
});
export type StreamCounts = z.infer<typeof StreamCounts>;

const Told = z.discriminatedUnion('event', [
  z.object({ event: z.literal('ready'), fingerprint: z.string() }),
  z.object({
    event: z.literal('connected'),
    transport: z.int(),
    iceMs: z.number(),
    dtlsMs: z.number(),
    srtp: z.string(),
  }),
  z.object({ event: z.literal('failed'), transport: z.int(), reason: z.string() }),
  z.object({ event: z.literal('done'), command: z.string(), id: z.int() }),
  Totals.extend({ event: z.literal('totals') }),
  StreamCounts.extend({ event: z.literal('stream') }),
]);

/** A microphone or a camera to send. */
export interface SenderOptions {
  transport: number;
  kind: 'audio' | 'video';
  payloadType: number;
  mid: string;
  ssrcs: readonly number[];
  /** Which of the encoded pictures the first layer is: 0 to 2. */
  firstLayer: number;
  /** Of the largest picture, in bits per second. */
  bitrate: number;
  /** Of a microphone: 0 is loudest, 127 silent (RFC 6464). */
  level: number;
  /** Whether a silent microphone sends as little as a browser with DTX. */
  dtx: boolean;
  extensions: ExtensionIds;
}

interface ReceiverOptions {
  transport: number;
  kind: 'audio' | 'video';
  ssrc: number;
  clockRate: number;
}

/** Streams of transports that are closed are told by `stream`, as all others are when `streams` asks for them. */
export class Generator extends EventEmitter<{ stream: [StreamCounts] }> {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #connecting = new Map<number, PromiseWithResolvers<void>>();
  /** Answers that are awaited, by command and id. */
  readonly #awaited = new Map<string, PromiseWithResolvers<void>>();
  #ready = Promise.withResolvers<string>();
  #totals: PromiseWithResolvers<Totals> | undefined;
  #fingerprint = '';
  #lastId = 0;
  #closing = false;

  private constructor(child: ChildProcess, pid: number) {
    super();
    this.#child = child;
    this.pid = pid;
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.#receive(line));
    child.once('exit', (status) => {
      if (!this.#closing) this.#fail(new Error(`the load generator ended with status ${status}`));
    });
  }

  /**
   * Starts the program.
   * @param program as `ensurePeer` made it
   */
  static async start(program: string): Promise<Generator> {
    const child = spawn(program, [MEDIA_FILE], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child, 'spawn');
    const generator = new Generator(child, child.pid ?? 0);
    generator.#fingerprint = await generator.#ready.promise;
    return generator;
  }

  /** Of the certificate of all peers: SHA-256, as `a=fingerprint` has it. */
  get fingerprint(): string {
    return this.#fingerprint;
  }

  /** A number that no transport, sender or receiver has yet. */
  nextId(): number {
    return ++this.#lastId;
  }

  /**
   * Begins to connect a transport to a server's end of it.
   * @param role of the peer in the DTLS handshake
   * @param extensions with `timeInPayload` for servers that do not carry the capture time: it takes the last bytes of what is
   *   sent, which no decoder can read then
   * @param full for servers that are not ICE-lite: the peer's own password, and whether the server nominates
   * @returns connected: resolves when packets can be sent, rejects when it fails
   */
  openTransport(
    remote: Pick<TransportOptions, 'iceParameters' | 'iceCandidates' | 'dtlsParameters'>,
    role: 'client' | 'server',
    extensions: Pick<ExtensionIds, 'transportCc' | 'captureTime'> & { timeInPayload?: boolean },
    full?: { password: string; controlled: boolean },
  ): { id: number; connected: Promise<void> } {
    const id = this.nextId();
    const candidate = remote.iceCandidates.find(
      ({ protocol, ip }) => protocol === 'udp' && !ip.includes(':'),
    );
    const fingerprint = remote.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
    if (!candidate || !fingerprint) throw new Error('the server offers no UDP over IPv4, or no SHA-256');
    const connecting = Promise.withResolvers<void>();
    connecting.promise.catch(() => {}); // a join that has failed waits no more
    this.#connecting.set(id, connecting);
    this.#command('transport', {
      id,
      address: candidate.ip,
      port: candidate.port,
      ufrag: remote.iceParameters.usernameFragment,
      password: remote.iceParameters.password,
      'own-password': full?.password ?? '',
      controlled: Number(full?.controlled ?? false),
      fingerprint: fingerprint.value,
      role,
      'transport-cc': extensions.transportCc,
      'capture-time': extensions.captureTime,
      'time-in-payload': Number(extensions.timeInPayload ?? false),
    });
    return { id, connected: connecting.promise };
  }

  /** Closes a transport with all that is sent and received there. Its streams have been told when this resolves. */
  async closeTransport(id: number): Promise<void> {
    this.#connecting.delete(id);
    await this.#ask('close', id);
  }

  /** Sends as soon as the transport is connected. Returns the sender's id. */
  send(options: SenderOptions): number {
    const id = this.nextId();
    const { extensions } = options;
    this.#command('send', {
      id,
      transport: options.transport,
      kind: options.kind,
      'payload-type': options.payloadType,
      mid: options.mid,
      ssrcs: options.ssrcs.join(','),
      'first-layer': options.firstLayer,
      bitrate: Math.round(options.bitrate),
      level: options.level,
      dtx: Number(options.dtx),
      'ext-mid': extensions.mid,
      'ext-send-time': extensions.sendTime,
      'ext-transport-cc': extensions.transportCc,
      'ext-level': extensions.level,
      'ext-capture-time': extensions.captureTime,
    });
    return id;
  }

  /** A microphone becomes louder or quieter, as `SenderOptions` has it. */
  setLevel(sender: number, level: number): void {
    this.#command('level', { id: sender, level });
  }

  stop(sender: number): void {
    this.#command('stop', { id: sender });
  }

  /** Counts what arrives with this SSRC. Returns the id that its counts have. */
  receive({ clockRate, ...options }: ReceiverOptions): number {
    const id = this.nextId();
    this.#command('receive', { id, ...options, 'clock-rate': clockRate });
    return id;
  }

  totals(): Promise<Totals> {
    this.#totals ??= Promise.withResolvers<Totals>();
    this.#command('totals', {});
    return this.#totals.promise;
  }

  /** Has the streams of all open transports told. */
  async streams(): Promise<void> {
    await this.#ask('streams', 0);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#closing = true;
    this.#child.stdin?.end();
    await once(this.#child, 'exit');
  }

  #ask(command: string, id: number): Promise<void> {
    const answer = Promise.withResolvers<void>();
    this.#awaited.set(`${command} ${id}`, answer);
    this.#command(command, { id });
    return answer.promise;
  }

  #command(command: string, values: Record<string, string | number>): void {
    const words = Object.entries(values).map(([name, value]) => `${name}=${value}`);
    this.#child.stdin?.write(`${[command, ...words].join(' ')}\n`);
  }

  #receive(line: string): void {
    const told = Told.parse(JSON.parse(line));
    if (told.event === 'ready') this.#ready.resolve(told.fingerprint);
    else if (told.event === 'connected') this.#connecting.get(told.transport)?.resolve();
    else if (told.event === 'failed') this.#connecting.get(told.transport)?.reject(new Error(told.reason));
    else if (told.event === 'stream') this.emit('stream', told);
    else if (told.event === 'totals') this.#receiveTotals(told);
    else this.#receiveDone(`${told.command} ${told.id}`);
  }

  #receiveTotals(totals: Totals): void {
    this.#totals?.resolve(totals);
    this.#totals = undefined;
  }

  #receiveDone(name: string): void {
    this.#awaited.get(name)?.resolve();
    this.#awaited.delete(name);
  }

  #fail(error: Error): void {
    this.#ready.reject(error);
    this.#totals?.reject(error);
    for (const { reject } of [...this.#awaited.values(), ...this.#connecting.values()]) reject(error);
  }
}
