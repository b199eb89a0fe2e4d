/** A simulated peer: it joins a room, publishes, and receives what the others publish. */
import { randomUUID } from 'node:crypto';
import type { SubscriptionRule } from '../../src/protocol/attention.ts';
import type { EventData } from '../../src/protocol/events.ts';
import type { RtpCapabilities } from '../../src/protocol/media.ts';
import type { ConsumerInfo } from '../../src/protocol/model.ts';
import { Client } from './client.ts';
import type { Generator } from './generator.ts';
import {
  extensionIds,
  type Kind,
  LOUD,
  receivable,
  SILENT,
  sendable,
  senderOptions,
} from './media-parameters.ts';
import type { MakeToken } from './tokens.ts';

/** Consumers that open within this time are resumed by one request, in milliseconds. */
const BATCH_MS = 20;
const LAYERS = 3;

export interface Environment {
  readonly url: string;
  readonly generator: Generator;
  /** What the server's routers can do. */
  readonly router: RtpCapabilities;
  readonly makeToken: MakeToken;
  /** Is told of each stream that a peer is going to receive. */
  readonly onStream: (stream: ExpectedStream) => void;
}

/** What one peer is to do. */
export interface Plan {
  readonly room: string;
  readonly userId: string;
  readonly publish: readonly Kind[];
  /** How many pictures and how many sounds it receives; all without it. */
  readonly receive?: number | undefined;
  readonly simulcast: boolean;
  /** Of the largest layer, in bits per second. */
  readonly bitrate: number;
  readonly speaking: boolean;
  readonly dtx: boolean;
  /** What it wants to receive; everything without it. */
  readonly rules?: readonly SubscriptionRule[];
}

/** A stream that a peer receives; its counts come from the generator under this id. */
export interface ExpectedStream {
  readonly id: number;
  readonly room: string;
  /** The ids of the users. */
  readonly receiver: string;
  /** The id of the peer that sends it. */
  readonly senderPeer: string;
  readonly kind: Kind;
  /** When the receiver began to join, in milliseconds since 1970, if the sender was there before it. */
  readonly joiningSince: number | undefined;
}

/** From the start of the connection, in milliseconds. */
export interface JoinTimes {
  /** Until the server greeted. */
  readonly welcome: number;
  /** Until the answer to the join. */
  readonly joined: number;
  /** Until all transports in use were connected as well. */
  readonly connected: number;
}

export class LoadPeer {
  readonly plan: Plan;
  readonly id: string;
  readonly times: JoinTimes;
  readonly senders: readonly number[];
  /** In the order of the plan. */
  readonly producerIds: readonly string[];
  /** The connection, for what a peer is to ask beside its plan. */
  readonly client: Client;
  readonly #environment: Environment;
  readonly #transports: readonly number[];

  private constructor(joining: Joining, times: JoinTimes) {
    this.plan = joining.plan;
    this.id = joining.welcome.peerId;
    this.times = times;
    this.senders = joining.senders;
    this.producerIds = joining.producerIds;
    this.#environment = joining.environment;
    this.client = joining.client;
    this.#transports = joining.transports;
  }

  /** Joins. Rejects with `Refusal` where the server refuses. */
  static async join(environment: Environment, plan: Plan): Promise<LoadPeer> {
    const token = await environment.makeToken({
      room: plan.room,
      userId: plan.userId,
      userType: plan.publish.length > 0 ? 'guest' : 'viewer',
    });
    const began = performance.now();
    const client = Client.connect(environment.url, token);
    let joining: Joining | undefined;
    try {
      const welcome = await client.welcome;
      const welcomed = performance.now();
      joining = new Joining(environment, plan, client, welcome, performance.timeOrigin + began);
      const joined = await joining.run();
      const end = performance.now();
      const times = { welcome: welcomed - began, joined: joined - began, connected: end - began };
      return new LoadPeer(joining, times);
    } catch (error) {
      await client.close();
      for (const id of joining?.transports ?? []) await environment.generator.closeTransport(id);
      throw error;
    }
  }

  /** The listener is told when the connection ends without having been asked to. */
  onClosed(listener: (code: number, reason: string) => void): void {
    this.client.on('closed', listener);
  }

  /** Says that its user begins to speak. */
  async hintSpeaking(): Promise<void> {
    await this.client.request('hintSpeaking', {});
  }

  /** Leaves; resolves when the counts of its streams have been told. */
  async leave(): Promise<void> {
    this.client.removeAllListeners();
    await this.client.close();
    await Promise.all(this.#transports.map((id) => this.#environment.generator.closeTransport(id)));
  }
}

/** One join: everything in one flight, as the SDK does it. */
class Joining {
  readonly environment: Environment;
  readonly plan: Plan;
  readonly client: Client;
  readonly welcome: EventData<'welcome'>;
  readonly transports: number[] = [];
  readonly senders: number[] = [];
  readonly producerIds: string[] = [];
  readonly #since: number;
  readonly #connected: Promise<void>[] = [];
  readonly #opened: ConsumerInfo[] = [];
  readonly #received = { audio: 0, video: 0 };
  #recv = 0;

  constructor(
    environment: Environment,
    plan: Plan,
    client: Client,
    welcome: EventData<'welcome'>,
    since: number,
  ) {
    this.environment = environment;
    this.plan = plan;
    this.client = client;
    this.welcome = welcome;
    this.#since = since;
  }

  /** Resolves to when the join was answered; by then all transports are connected. */
  async run(): Promise<number> {
    const { client, environment, plan, welcome } = this;
    const fingerprints = [{ algorithm: 'sha-256' as const, value: environment.generator.fingerprint }];
    const publishes = plan.publish.length > 0 ? welcome.send : undefined;
    this.#recv = this.#open(welcome.recv, 'client');
    client.on('consumerOpened', ({ consumer }) => this.#openLater(consumer));
    const joining = client.request('join', {
      rtpCapabilities: receivable(environment.router),
      ...(plan.rules && { rules: [...plan.rules] }),
      dtls: {
        recv: { role: 'client', fingerprints },
        ...(publishes && { send: { role: 'server', fingerprints } }),
      },
    });
    const producing = publishes ? this.#publish(this.#open(publishes, 'server')) : [];
    const [found] = await Promise.all([joining, ...producing]);
    const joined = performance.now();
    this.#receive(found.consumers, this.#since);
    await Promise.all(this.#connected);
    return joined;
  }

  #open(remote: EventData<'welcome'>['recv'], role: 'client' | 'server'): number {
    const { generator, router } = this.environment;
    const { id, connected } = generator.openTransport(remote, role, extensionIds(router));
    this.transports.push(id);
    this.#connected.push(connected);
    return id;
  }

  #publish(transport: number): Promise<unknown>[] {
    return this.plan.publish.map((kind, index) => {
      const { generator, router } = this.environment;
      const { bitrate, speaking, dtx, simulcast } = this.plan;
      const rtpParameters = sendable(router, kind, { mid: String(index), layers: simulcast ? LAYERS : 1 });
      const level = speaking ? LOUD : SILENT;
      const options = { transport, kind, bitrate, level, dtx: dtx && !speaking };
      const sender = generator.send(senderOptions(router, rtpParameters, options));
      this.senders.push(sender);
      const source = kind === 'audio' ? 'mic' : 'camera';
      const id = randomUUID();
      this.producerIds.push(id);
      return this.client.request('produce', { id, source, rtpParameters });
    });
  }

  #openLater(consumer: ConsumerInfo): void {
    if (this.#opened.push(consumer) > 1) return;
    setTimeout(() => this.#receive(this.#opened.splice(0), undefined), BATCH_MS);
  }

  #receive(opened: readonly ConsumerInfo[], joiningSince: number | undefined): void {
    const consumers = opened.filter(({ kind }) => this.#hasUse(kind));
    if (consumers.length === 0) return;
    const { environment, plan } = this;
    for (const { kind, peerId, paused, rtpParameters } of consumers) {
      const id = environment.generator.receive({
        transport: this.#recv,
        kind,
        ssrc: rtpParameters.encodings[0]?.ssrc ?? 0,
        clockRate: rtpParameters.codecs[0]?.clockRate ?? 0,
      });
      const since = paused ? undefined : joiningSince;
      environment.onStream({
        id,
        room: plan.room,
        receiver: plan.userId,
        senderPeer: peerId,
        kind,
        joiningSince: since,
      });
    }
    this.#resume(consumers.map(({ id }) => id));
  }

  #hasUse(kind: Kind): boolean {
    this.#received[kind]++;
    return this.#received[kind] <= (this.plan.receive ?? Infinity);
  }

  /** One that has closed meanwhile refuses them all. */
  #resume(ids: readonly string[]): void {
    this.client.request('resumeConsumers', { ids: [...ids] }).catch(() => {
      if (ids.length > 1) for (const id of ids) this.#resume([id]);
    });
  }
}
