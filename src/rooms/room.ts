import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Producer } from 'mediasoup/types';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { RoomMedia } from '../media/room-media.ts';
import type { Speakers } from '../media/speakers.ts';
import type { Code } from '../protocol/codes.ts';
import type { EventData, EventName } from '../protocol/events.ts';
import { encodeEvent } from '../protocol/frames.ts';
import type { Grant } from '../protocol/grants.ts';
import type { PeerInfo, RoomInfo, WaitingInfo } from '../protocol/model.ts';
import { KeptMedia } from './kept-media.ts';
import { type Member, type MemberProducer, producerInfo, type Snapshot } from './member.ts';
import { Mutes } from './mutes.ts';
import type { RoomSetting } from './room-settings.ts';

export interface RoomLimits {
  maxPeersPerRoom: number;
  /** What happens when a user joins who is there already. */
  duplicateUser: 'allow' | 'replace' | 'reject';
}

export interface RoomOptions {
  /** Opens the media anew when it was lost, for this number of peers. */
  openMedia: (peers: number) => Promise<RoomMedia>;
  /** What hosts have set of it, at this moment. */
  setting: () => RoomSetting;
  /** Who waits in its lobby, at this moment. */
  waiting: () => WaitingInfo[];
  limits: RoomLimits;
  logger: Logger;
}

/** The members that can see and hear each other, and what is told among them. */
export class Room extends EventEmitter<{ closed: [Code] }> {
  readonly name: string;
  readonly mutes = new Mutes();
  readonly #setting: () => RoomSetting;
  readonly #waiting: () => WaitingInfo[];
  readonly #media: KeptMedia;
  readonly #limits: RoomLimits;
  readonly #members = new Map<string, Member>();
  /** Whose each observed microphone is. */
  readonly #speakers = new WeakMap<Producer, string>();
  #closed = false;

  constructor(name: string, media: RoomMedia, { openMedia, setting, waiting, limits, logger }: RoomOptions) {
    super();
    this.name = name;
    this.#setting = setting;
    this.#waiting = waiting;
    this.#limits = limits;
    this.#media = new KeptMedia(media, {
      open: () => openMedia(this.#members.size),
      logger: logger.child({ room: name }),
    });
    this.#media.on('speakersChanged', (speakers) => this.#tellSpeakers(speakers));
    this.#media.once('failed', () => this.close('media_lost'));
    this.#media.on('renewed', () => {
      for (const member of this.#members.values()) member.renewMedia(() => this.openPeerMedia());
    });
  }

  /** How many have joined. */
  get size(): number {
    return this.#members.size;
  }

  /** Both transports of a peer to be. Throws when the room closes meanwhile. */
  openPeerMedia(): Promise<PeerMedia> {
    return this.#media.openPeer();
  }

  /**
   * Lets a member in and tells the others. All at once, so that the limit is exact. Throws `room_locked`,
   * `room_full` and `duplicate_user`.
   */
  admit(member: Member): Snapshot {
    if (this.#setting().locked && !member.may('moderate')) throw new AppError('room_locked');
    this.#settleDuplicates(member);
    if (this.#members.size >= this.#limits.maxPeersPerRoom) throw new AppError('room_full');
    const snapshot = this.snapshot(member);
    this.#members.set(member.id, member);
    this.#listen(member);
    this.#tell(member, 'peerJoined', { peer: member.info() });
    return snapshot;
  }

  /** What there is in the room at this moment, for this member. */
  snapshot(member: Member): Snapshot {
    const others = this.#othersOf(member);
    return {
      room: this.info(member),
      peers: this.others(member),
      producers: others.flatMap((other) => [...other.producers.values()]),
      dataProducers: others.flatMap((other) => [...other.dataProducers.values()]),
    };
  }

  /** What a member is told of the room. */
  info(member: Member): RoomInfo {
    const { mutedSources, producers, handRaisedAt } = member.info();
    return {
      ...this.#setting(),
      mutedSources,
      published: producers,
      handRaised: handRaisedAt !== null,
      waiting: member.may('moderate') ? this.#waiting() : [],
    };
  }

  /** Throws `not_found`. */
  member(id: string): Member {
    const member = this.#members.get(id);
    if (!member) throw new AppError('not_found', 'there is no such peer');
    return member;
  }

  /** All peers of a user, or of all users. */
  membersOf(userId?: string): Member[] {
    const members = this.#othersOf(undefined);
    return userId === undefined ? members : members.filter(({ identity }) => identity.userId === userId);
  }

  /** Tells something to all. */
  announce<E extends EventName>(event: E, data: EventData<E>): void {
    this.#tell(undefined, event, data);
  }

  /** Tells something to those who moderate. */
  tellHosts<E extends EventName>(event: E, data: EventData<E>): void {
    const encoded = encodeEvent(event, data);
    for (const member of this.#othersOf(undefined)) if (member.may('moderate')) member.tell(encoded);
  }

  /** What a member is told of the others. */
  others(member: Member): PeerInfo[] {
    return this.#othersOf(member).map((other) => other.info());
  }

  /** A line of text from one member to all others, or to the one that it names. Throws `not_found`. */
  chat(from: Member, text: string, to?: string): { id: string; at: number } {
    const id = randomUUID();
    const at = Date.now();
    if (to === undefined) {
      this.#tell(from, 'chatReceived', { id, from: from.id, text, at });
      return { id, at };
    }
    const receiver = this.#members.get(to);
    if (!receiver || receiver === from) throw new AppError('not_found', 'there is no such peer');
    receiver.tell(encodeEvent('chatReceived', { id, from: from.id, to, text, at }));
    return { id, at };
  }

  close(code: Code): void {
    if (this.#closed) return;
    this.#closed = true;
    const members = [...this.#members.values()];
    this.#members.clear();
    this.mutes.clear();
    for (const member of members) member.close(code);
    this.#media.close(code);
    this.emit('closed', code);
    this.removeAllListeners();
  }

  /** One that has lost its connection never stands in the way of its own user. */
  #settleDuplicates(member: Member): void {
    if (this.#limits.duplicateUser === 'allow') return;
    const { userId } = member.identity;
    const same = this.membersOf(userId);
    const rejects = this.#limits.duplicateUser === 'reject';
    if (rejects && same.some((other) => !other.info().reconnecting)) throw new AppError('duplicate_user');
    for (const other of same) other.close('replaced');
  }

  #listen(member: Member): void {
    const peerId = member.id;
    member.on('produced', (producer) => {
      this.#tell(member, 'producerOpened', { peerId, producer: producerInfo(producer) });
      if (producer.source === 'mic') this.#observe(producer);
      for (const other of this.#othersOf(member)) other.offer(producer);
    });
    for (const event of ['producerPaused', 'producerResumed', 'producerClosed'] as const) {
      member.on(event, ({ id }) => this.#tell(member, event, { peerId, producerId: id }));
    }
    member.on('dataProduced', (data, waitUntil) => {
      for (const other of this.#othersOf(member)) {
        const opened = other.offerData(data);
        if (!other.info().reconnecting) waitUntil(opened);
      }
    });
    member.on('dataProducerClosed', ({ id }) =>
      this.#tell(member, 'dataProducerClosed', { peerId, dataProducerId: id }),
    );
    member.on('updated', (change) => this.#tell(member, 'peerUpdated', { peerId, ...change }));
    member.on('closed', (reason) => {
      if (!this.#members.delete(peerId)) return;
      this.#tell(member, 'peerLeft', { peerId, reason });
    });
    member.on('granted', (grants) => this.#giveAccess(member, grants));
  }

  /** What a member gets of which it had nothing before. */
  #giveAccess(member: Member, grants: ReadonlySet<Grant>): void {
    const { producers, dataProducers } = this.snapshot(member);
    if (grants.has('subscribe')) for (const producer of producers) member.offer(producer);
    if (grants.has('data')) for (const data of dataProducers) void member.offerData(data);
    if (!grants.has('moderate')) return;
    for (const waiting of this.#waiting()) member.tell(encodeEvent('waitingJoined', { waiting }));
  }

  /** Tells everyone but the one that it is about; serialised once. */
  #tell<E extends EventName>(about: Member | undefined, event: E, data: EventData<E>): void {
    const encoded = encodeEvent(event, data);
    for (const member of this.#othersOf(about)) member.tell(encoded);
  }

  /** A copy: telling may close a member that reads too slowly, and that takes it out of the map. */
  #othersOf(member: Member | undefined): Member[] {
    return [...this.#members.values()].filter((other) => other !== member);
  }

  #observe({ producer, peerId }: MemberProducer): void {
    this.#speakers.set(producer, peerId);
    this.#media.observe(producer);
  }

  #tellSpeakers({ active, levels }: Speakers): void {
    this.#tell(undefined, 'speakersChanged', {
      active: (active && this.#speakers.get(active)) ?? null,
      levels: levels.flatMap(({ producer, level }) => {
        const peerId = this.#speakers.get(producer);
        return peerId ? [{ peerId, level }] : [];
      }),
    });
  }
}
