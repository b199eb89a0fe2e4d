/** A client that does whatever it may, loses its sockets, comes back, and keeps all that it was told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Code } from '../../src/protocol/codes.ts';
import type { Source } from '../../src/protocol/grants.ts';
import { track } from './media.ts';
import type { Random } from './random.ts';
import { RawClient, Refused } from './raw-client.ts';
import type { TestServer } from './server.ts';

/** What a client may be refused in the middle of chaos; everything else is a fault. */
const EXPECTED: ReadonlySet<Code> = new Set<Code>([
  'media_lost',
  'media_kept',
  'muted_by_host',
  'not_found',
  'forbidden',
  'limit_reached',
  'rate_limited',
  'not_joined',
]);
/** What is said of a socket that chaos has ended. */
const ENDS: readonly string[] = ['1006', 'removed', 'not open'];
const SOURCES: readonly Source[] = ['mic', 'camera', 'screen'];

export interface Session {
  readonly room: string;
  readonly client: RawClient;
}

export class ChaosClient {
  readonly faults: string[] = [];
  /** All sessions that it has had, the last one the last. */
  readonly sessions: Session[] = [];
  readonly #server: TestServer;
  readonly #random: Random;
  readonly #claims: { user_id: string; room: string; user_type: string };
  #token = '';
  #producers: string[] = [];
  #resets = 0;

  constructor(
    server: TestServer,
    random: Random,
    claims: { user_id: string; room: string; user_type: string },
  ) {
    this.#server = server;
    this.#random = random;
    this.#claims = claims;
  }

  /** Acts until that time, on the clock of `Date.now()`, and is joined when it resolves. */
  async run(until: number): Promise<void> {
    await this.#join();
    while (Date.now() < until) {
      await this.#step();
      await sleep(this.#random.integer(200));
    }
    await this.#act(async () => {});
  }

  get client(): RawClient {
    const last = this.sessions.at(-1);
    if (!last) throw new Error('it has not joined');
    return last.client;
  }

  async #step(): Promise<void> {
    const chance = this.#random.integer(100);
    if (chance < 40) await this.#act((client) => this.#say(client));
    else if (chance < 70) await this.#act((client) => this.#publish(client));
    else if (chance < 84) await this.#act((client) => this.#moderate(client));
    else if (chance < 96) await this.#dropAndResume();
    else await this.#leaveAndJoin();
  }

  /** Does something with the session, after taking new media where the last one was lost; joins anew where it is over. */
  async #act(what: (client: RawClient) => Promise<unknown>): Promise<void> {
    if (this.client.socket.readyState !== WebSocket.OPEN) return this.#resume();
    try {
      const resets = this.client.all('mediaReset');
      const last = resets.at(-1);
      if (last && resets.length > this.#resets) {
        this.#resets = resets.length;
        this.#producers = [];
        await this.client.request('restoreMedia', { transportId: last.recv.id });
      }
      await what(this.client);
    } catch (error) {
      if (error instanceof Refused && EXPECTED.has(error.code)) return;
      if (ENDS.some((end) => String(error).includes(end))) return this.#resume();
      this.faults.push(`${this.#claims.user_id}: ${error}`);
    }
  }

  async #say(client: RawClient): Promise<void> {
    const raised = this.#random.pick([true, false]);
    await this.#random.pick([
      () => client.request('chat', { text: `${this.#claims.user_id} ${this.#random.integer(1e9)}` }),
      () => client.request('setHandRaised', { raised }),
      () => client.request('setMetadata', { metadata: { n: this.#random.integer(1000) } }),
    ])();
  }

  async #publish(client: RawClient): Promise<void> {
    const id = this.#random.pick([...this.#producers, 'none']);
    await this.#random.pick([
      async () => {
        const params = track(this.#random.pick(SOURCES));
        await client.request('produce', params);
        this.#producers.push(params.id);
      },
      () => client.request('pauseProducer', { id }),
      () => client.request('resumeProducer', { id }),
      () => client.request('closeProducer', { id }),
    ])();
  }

  async #moderate(client: RawClient): Promise<void> {
    const others = client.all('peerJoined').map(({ peer }) => peer.id);
    const peerId = this.#random.pick([...others, 'nobody']);
    const source = this.#random.pick(SOURCES);
    await this.#random.pick<() => Promise<unknown>>([
      () => client.request('muteSource', { peerId, source, mode: 'hard' }),
      () => client.request('muteSource', { peerId, source, mode: 'soft' }),
      () => client.request('allowSource', { peerId, source }),
      () => client.request('stopSource', { peerId, source }),
      () => client.request('lowerAllHands', {}),
      () =>
        client.request('setUserType', {
          peerId,
          userType: this.#random.pick(['guest', 'presenter', 'viewer']),
        }),
      () => client.request('removePeer', { peerId }),
    ])();
  }

  async #dropAndResume(): Promise<void> {
    await this.client.cutOff();
    await sleep(this.#random.integer(1500));
    await this.#resume();
  }

  /** Goes on with its session, or with another one where that is over. */
  async #resume(): Promise<void> {
    try {
      await this.client.resume(this.#server, this.#token);
    } catch {
      await this.#join();
    }
  }

  async #leaveAndJoin(): Promise<void> {
    const { client } = this;
    client.socket.close(1000);
    await client.closed;
    await this.#join();
  }

  /** With a new token each time: after a removal older ones are refused, those of the same second among them. */
  async #join(): Promise<void> {
    for (;;) {
      this.#token = this.#server.token(this.#claims);
      try {
        const client = await RawClient.open(this.#server, this.#token);
        await client.joinRoom();
        this.#producers = [];
        this.#resets = 0;
        this.sessions.push({ room: this.#claims.room, client });
        return;
      } catch {
        await sleep(300);
      }
    }
  }
}
