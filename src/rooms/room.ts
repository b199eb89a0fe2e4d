import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { AppError } from '../lib/errors.ts';
import type { TimeSlices } from '../lib/time-slices.ts';
import type { RouterPlan } from '../media/egress-routers.ts';
import type { Directions, PeerMedia } from '../media/peer-media.ts';
import type { RoomMedia } from '../media/room-media.ts';
import type { Code } from '../protocol/codes.ts';
import type { EventData, EventName } from '../protocol/events.ts';
import { OutgoingEvent } from '../protocol/frames.ts';
import type { Grant } from '../protocol/grants.ts';
import type { PeerInfo, RoomInfo, WaitingInfo } from '../protocol/model.ts';
import type { PeerQuality } from '../protocol/quality.ts';
import { ChangeThrottle } from './change-throttle.ts';
import type { ConnectionSigns } from './connection-quality.ts';
import { type RoomFact, type RoomRef, refOf } from './facts.ts';
import { Forwarding } from './forwarding.ts';
import type { Member, MemberChange, Snapshot } from './member.ts';
import { type AudioLimits, Microphones } from './microphones.ts';
import { Mutes } from './mutes.ts';
import {
  isClosed,
  isMicrophone,
  type MediaPublication,
  observerOf,
  type Publication,
  producerInfo,
  sourceOf,
} from './publication.ts';
import { QualityWatch } from './quality-watch.ts';
import type { RoomSetting } from './room-settings.ts';
import { assertSpace, type RoomLimits } from './space.ts';
import { SpeakerNames } from './speaker-names.ts';
import { onlyWatches, Watchers } from './watchers.ts';

export interface RoomOptions {
  media: RoomMedia;
  /** What hosts have set of it, at this moment. */
  setting: () => RoomSetting;
  /** Who waits in its lobby, at this moment. */
  waiting: () => WaitingInfo[];
  limits: RoomLimits & AudioLimits;
  /** Those of the node. */
  slices: TimeSlices;
}

/** Some of a room's members, and where the next ones begin; there are no more without that. */
interface Page {
  peers: PeerInfo[];
  next?: string;
}

/** How many members a page has. */
const PAGE_SIZE = 100;

interface Membership {
  readonly member: Member;
  readonly changes: ChangeThrottle;
  /** By `performance.now()`. */
  readonly joinedAt: number;
}

/** The members that can see and hear each other, and what they are told of each other. */
export class Room extends EventEmitter<{ closed: [Code]; fact: [RoomFact] }> {
  readonly name: string;
  /** Unique to this life of the room. */
  readonly id = randomUUID();
  readonly mutes = new Mutes();
  readonly #options: RoomOptions;
  readonly #microphones: Microphones;
  readonly #forwarding: Forwarding;
  readonly #watchers: Watchers;
  readonly #qualities = new QualityWatch(
    () => this.#signs(),
    (peers) => this.#tellQualities(peers),
  );
  readonly #memberships = new Map<string, Membership>();
  readonly #speakers = new SpeakerNames();
  /** When the room opened, in milliseconds since 1970-01-01 UTC. */
  readonly openedAt = Date.now();
  #closed = false;

  constructor(name: string, options: RoomOptions) {
    super();
    this.name = name;
    this.#options = options;
    this.#microphones = this.#hearMicrophones();
    this.#watchers = new Watchers({
      maxListed: options.limits.watchersListedUpTo,
      onCounted: (count) => this.announce('watchersChanged', { count }),
    });
    this.#forwarding = new Forwarding({
      members: () => this.membersOf(),
      isOffered: (microphone) => this.#microphones.isOffered(microphone),
      slices: options.slices,
    });
    options.media.on('speakersChanged', (speakers) => {
      const described = this.#speakers.describe(speakers);
      this.#forwarding.speakerChanged(described.active);
      if (this.#speakers.isNews(described)) this.announce('speakersChanged', described);
      this.#microphones.heard(speakers);
    });
  }

  /** The room, as facts name it. */
  get ref(): RoomRef {
    return { id: this.id, name: this.name };
  }

  /** How many have joined. */
  get size(): number {
    return this.#memberships.size;
  }

  /** The transports of a member, by default for both directions. Throws when the room closes meanwhile. */
  openMedia(directions?: Directions): Promise<PeerMedia> {
    return this.#options.media.openPeer(directions);
  }

  /** The transport of a player, on a router that sends with its payload types. */
  openPlayer(plan: RouterPlan): Promise<PeerMedia> {
    return this.#options.media.openPlayer(plan);
  }

  /**
   * Lets a member in and tells the others, in one tick, so that the limits are exact. Throws `room_locked`,
   * `duplicate_user`, `too_many_peers` and `room_full`.
   */
  admit(member: Member): Snapshot {
    const { setting, limits } = this.#options;
    const { locked, maxPeers = limits.maxPeersPerRoom } = setting();
    if (locked && !member.may('moderate')) throw new AppError('room_locked');
    const maxPeersPerRoom = Math.min(maxPeers, limits.maxPeersPerRoom);
    const replaced = assertSpace(this.membersOf(), member, { ...limits, maxPeersPerRoom });
    for (const other of replaced) other.close('replaced');
    const snapshot = this.snapshot(member);
    this.#listen(member);
    const isListed = !this.#watchers.add(member, this.size);
    if (isListed) this.#tell(member, 'peerJoined', { peer: member.info() });
    this.#tellQualities(
      this.#qualities.all().filter(({ peerId }) => this.#publishes(peerId)),
      member,
    );
    this.#qualities.start();
    this.emit('fact', { kind: 'member-joined', room: this.ref, member: refOf(member) });
    return snapshot;
  }

  /** Takes out a member that has closed. Does nothing where it had not joined. */
  leave(member: Member, reason: Code): void {
    const membership = this.#memberships.get(member.id);
    if (!membership) return;
    this.#memberships.delete(member.id);
    membership.changes.close();
    const durationMs = Math.round(performance.now() - membership.joinedAt);
    this.emit('fact', { kind: 'member-left', room: this.ref, member: refOf(member), reason, durationMs });
    if (this.#closed) return;
    const wasListed = !this.#watchers.delete(member);
    if (wasListed) this.#tell(member, 'peerLeft', { peerId: member.id, reason });
    this.#forwarding.left(member);
  }

  has(member: Member): boolean {
    return this.#memberships.get(member.id)?.member === member;
  }

  /** The room and the others at this moment, as this member sees them. */
  snapshot(member: Member): Snapshot {
    return { room: this.info(member), peers: this.others(member) };
  }

  /** What a member is told of the room. */
  info(member: Member): RoomInfo {
    const { setting, waiting } = this.#options;
    const { locked, lobby, metadata } = setting();
    const { mutedSources, producers, handRaisedAt } = member.info();
    return {
      locked,
      lobby,
      metadata,
      mutedSources,
      published: producers,
      handRaised: handRaisedAt !== null,
      audible: this.#microphones.audible,
      watchers: this.#watchers.count,
      waiting: member.may('moderate') ? waiting() : [],
    };
  }

  /** What a member is told of the others: all but those who are counted only. */
  others(member: Member): PeerInfo[] {
    return this.#othersOf(member).flatMap((other) => (this.#watchers.has(other) ? [] : [other.info()]));
  }

  /** The others in the order of their ids, those who are counted only among them: some of them, after this id. */
  page(member: Member, after = ''): Page {
    const others = this.#othersOf(member).filter(({ id }) => id > after);
    const peers = others.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, PAGE_SIZE);
    const next = others.length > peers.length ? peers.at(-1)?.id : undefined;
    return { peers: peers.map((peer) => peer.info()), ...(next !== undefined && { next }) };
  }

  /** Lists a member that was counted only, as it does something that the others notice. */
  list(member: Member): void {
    if (this.#watchers.delete(member)) this.#tell(member, 'peerJoined', { peer: member.info() });
  }

  /** What all members publish at this moment. */
  publications(): Publication[] {
    return this.#forwarding.publications();
  }

  /** Subscribes a member to all that it should receive. Resolves when it can receive it. */
  subscribe(member: Member): Promise<void> {
    return this.#forwarding.update(member);
  }

  /** The client of this member says that its user begins to speak. */
  hintSpeaking(member: Member): void {
    for (const publication of member.publications) {
      if (isMicrophone(publication) && !publication.producer.paused) this.#microphones.hint(publication);
    }
  }

  /** Throws `not_found`. */
  member(id: string): Member {
    const membership = this.#memberships.get(id);
    if (!membership) throw new AppError('not_found', 'there is no such peer');
    return membership.member;
  }

  /** When a member joined, in milliseconds since 1970-01-01 UTC; undefined for one that has not. */
  joinedAt(member: Member): number | undefined {
    const membership = this.#memberships.get(member.id);
    return membership && Math.round(Date.now() - (performance.now() - membership.joinedAt));
  }

  /** All members of a user, or of all users. A copy, as members leave when they are told something and do not read it. */
  membersOf(userId?: string): Member[] {
    const members = [...this.#memberships.values()].map(({ member }) => member);
    return userId === undefined ? members : members.filter(({ identity }) => identity.userId === userId);
  }

  /** Tells something to all. */
  announce<E extends EventName>(event: E, data: EventData<E>): void {
    this.#tell(undefined, event, data);
  }

  /** Tells something to those who have a grant, other than the member that it comes from. */
  tellThoseWith<E extends EventName>(grant: Grant, event: E, data: EventData<E>, from?: Member): void {
    this.#tell(from, event, data, grant);
  }

  close(code: Code): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const member of this.membersOf()) member.close(code);
    this.mutes.clear();
    this.#forwarding.close();
    this.#qualities.close();
    this.#microphones.close();
    this.#watchers.close();
    this.#options.media.close(code);
    this.emit('closed', code);
    this.removeAllListeners();
  }

  #hearMicrophones(): Microphones {
    return new Microphones({
      limits: this.#options.limits,
      isHost: ({ peerId }) => this.#memberships.get(peerId)?.member.may('moderate') ?? false,
      onGated: (publication) => this.#forwarding.resubscribe(publication),
      onOffered: () => this.#forwarding.updateAll(),
      onAudible: (peerIds) => this.announce('audibleChanged', { peerIds }),
    });
  }

  /** Those who publish matter to all, or to one who comes; others only to themselves: a webinar has many of them. */
  #tellQualities(peers: readonly PeerQuality[], newcomer?: Member): void {
    const [published, own] = [true, false].map((publishes) =>
      peers.filter(({ peerId }) => this.#publishes(peerId) === publishes),
    );
    if (published?.length) {
      const event = new OutgoingEvent('qualityChanged', { peers: [...published] });
      for (const member of newcomer ? [newcomer] : this.membersOf()) member.tell(event);
    }
    for (const quality of own ?? []) {
      const member = this.#memberships.get(quality.peerId)?.member;
      member?.tell(new OutgoingEvent('qualityChanged', { peers: [quality] }));
    }
  }

  #publishes(peerId: string): boolean {
    const publications = this.#memberships.get(peerId)?.member.publications ?? [];
    return !publications[Symbol.iterator]().next().done;
  }

  /** What is known of each member's connection at this moment. */
  #signs(): Map<string, ConnectionSigns> {
    const signs = this.membersOf().map((member) => {
      const { roundTrip, scores, isReachable } = member.media;
      return [
        member.id,
        {
          isConnected: isReachable && !member.isReconnecting,
          roundTripMs: roundTrip.ms,
          upScore: scores.up,
          downScore: scores.down,
          ...this.#forwarding.shortagesOf(member),
        },
      ] as const;
    });
    return new Map(signs);
  }

  #listen(member: Member): void {
    const peerId = member.id;
    const changes = new ChangeThrottle((change) => this.#updated(member, change));
    this.#memberships.set(peerId, { member, changes, joinedAt: performance.now() });
    member.on('published', (publication) => this.#published(member, publication));
    member.on('unpublished', (publication) => this.#unpublished(member, publication));
    member.on('lost', (publication) => this.#lost(publication));
    member.on('paused', ({ id }) => this.#tell(member, 'producerPaused', { peerId, producerId: id }));
    member.on('resumed', ({ id }) => this.#tell(member, 'producerResumed', { peerId, producerId: id }));
    member.on('updated', (change) => changes.add(change));
    member.on('demandChanged', () => this.#forwarding.refresh(member));
    member.on('lineChanged', () => this.#forwarding.lineChanged(member));
    member.on('granted', (grants) => this.#granted(member, grants));
  }

  #updated(member: Member, change: MemberChange): void {
    if (!this.#watchers.has(member)) this.#tell(member, 'peerUpdated', { peerId: member.id, ...change });
    else if (typeof change.handRaisedAt === 'number') this.list(member);
  }

  #published(member: Member, publication: Publication): void {
    const { id } = publication;
    if (publication.kind !== 'data') {
      this.#tell(member, 'producerOpened', { peerId: member.id, producer: producerInfo(publication) });
      if (isMicrophone(publication)) this.#observe(publication);
    }
    this.#tellFact('published', member, publication);
    observerOf(publication).once('close', () => this.#tellFact('unpublished', member, publication));
    const received = this.#forwarding.published(member, publication);
    if (publication.kind !== 'data') return;
    void received.then(() => {
      if (!isClosed(publication)) member.tell(new OutgoingEvent('dataProducerReady', { dataProducerId: id }));
    });
  }

  #unpublished(member: Member, publication: Publication): void {
    const event = closedEvent(publication);
    for (const other of this.#othersOf(member)) other.tell(event);
    this.#forwarding.unpublished();
  }

  /**
   * Its worker has died. Members whose own media was on that worker are told that instead (`mediaReset`): by the end of this
   * turn they have no receiver, as everything on the worker closes at once.
   */
  #lost(publication: Publication): void {
    queueMicrotask(() => {
      if (this.#closed) return;
      const event = closedEvent(publication);
      for (const other of this.membersOf()) {
        if (other.id !== publication.peerId && other.receiver) other.tell(event);
      }
      this.#forwarding.unpublished();
    });
  }

  /** Gives a member what it may receive since it has these grants. */
  #granted(member: Member, grants: ReadonlySet<Grant>): void {
    if (!onlyWatches(member.identity.grants)) this.list(member);
    void this.#forwarding.update(member);
    this.#microphones.rolesChanged();
    if (!grants.has('moderate')) return;
    for (const waiting of this.#options.waiting()) {
      member.tell(new OutgoingEvent('waitingJoined', { waiting }));
    }
  }

  /** Tells everyone, or those with a grant, other than the member that it is about. */
  #tell<E extends EventName>(about: Member | undefined, name: E, data: EventData<E>, grant?: Grant): void {
    const event = new OutgoingEvent(name, data);
    for (const member of this.#othersOf(about)) if (!grant || member.may(grant)) member.tell(event);
  }

  #tellFact(kind: 'published' | 'unpublished', member: Member, publication: Publication): void {
    const { id } = publication;
    this.emit('fact', { kind, room: this.ref, member: refOf(member), source: sourceOf(publication), id });
  }

  #othersOf(member: Member | undefined): Member[] {
    return this.membersOf().filter((other) => other !== member);
  }

  #observe(publication: MediaPublication): void {
    this.#speakers.add(publication.producer, publication.peerId);
    this.#options.media.observe(publication);
    this.#microphones.add(publication);
  }
}

/** What the others are told when a publication has closed. */
function closedEvent(publication: Publication): OutgoingEvent {
  const { id, peerId } = publication;
  return publication.kind === 'data'
    ? new OutgoingEvent('dataProducerClosed', { peerId, dataProducerId: id })
    : new OutgoingEvent('producerClosed', { peerId, producerId: id });
}
