import type { BanPage, CutOffs } from '../auth/cut-offs.ts';
import { AppError } from '../lib/errors.ts';
import type { Journal } from '../lib/journal.ts';
import type { RoomUserType, Source } from '../protocol/grants.ts';
import type { WaitingInfo } from '../protocol/model.ts';
import { type Actor, assertWithinReach, nameOf, peerIdOf, reachOf } from './actor.ts';
import type { Lobby } from './lobby.ts';
import type { Member } from './member.ts';
import { sourceOf } from './publication.ts';
import type { Room } from './room.ts';
import type { RoomSetting, RoomSettings } from './room-settings.ts';
import type { Rooms } from './rooms.ts';

export interface ModerationOptions {
  rooms: Rooms;
  settings: RoomSettings;
  lobby: Lobby;
  cutOffs: CutOffs;
  journal: Journal;
}

/**
 * The acts of moderation, for hosts, backends and the operator alike. Each is done, told to those whom it concerns, and
 * where it is kept it is on disk when its promise resolves. An act that rejects with `storage_unavailable` is done all the
 * same, and stored later. Rooms are named, as an act may concern one that nobody is in.
 */
export class Moderation {
  readonly #rooms: Rooms;
  readonly #settings: RoomSettings;
  readonly #lobby: Lobby;
  readonly #cutOffs: CutOffs;
  readonly #journal: Journal;

  constructor(options: ModerationOptions) {
    this.#rooms = options.rooms;
    this.#settings = options.settings;
    this.#lobby = options.lobby;
    this.#cutOffs = options.cutOffs;
    this.#journal = options.journal;
  }

  /** Pauses a source of a peer; `hard` holds for all peers of that user until it is allowed. */
  async muteSource(
    actor: Actor,
    roomName: string,
    { peerId, source, mode }: { peerId: string; source: Source; mode: 'hard' | 'soft' },
  ): Promise<void> {
    const { room, member } = this.#find(roomName, peerId);
    const { userId } = member.identity;
    const concerned = mode === 'hard' ? room.membersOf(userId) : [member];
    if (mode === 'hard') {
      assertWithinReach(actor, concerned);
      if (room.mutes.has(userId, source)) return;
      room.mutes.add(userId, source);
    }
    const paused = await Promise.all(concerned.map((each) => each.pauseSource(source)));
    if (mode === 'soft' && !paused.includes(true)) return;
    for (const { id } of concerned) {
      room.announce('sourceMuted', { peerId: id, source, mode, by: peerIdOf(actor) });
    }
    this.#note(actor, roomName, { kind: 'source-muted', user: userId, target: source, detail: { mode } });
  }

  /** Lifts a hard mute. What was paused stays so until its peer resumes it. */
  allowSource(actor: Actor, roomName: string, { peerId, source }: { peerId: string; source: Source }): void {
    const { room, member } = this.#find(roomName, peerId);
    const { userId } = member.identity;
    if (!room.mutes.delete(userId, source)) return;
    for (const { id } of room.membersOf(userId)) {
      room.announce('sourceAllowed', { peerId: id, source, by: peerIdOf(actor) });
    }
    this.#note(actor, roomName, { kind: 'source-allowed', user: userId, target: source });
  }

  /** Closes what a peer publishes of a source. It may publish it anew. */
  stopSource(actor: Actor, roomName: string, { peerId, source }: { peerId: string; source: Source }): void {
    const { room, member } = this.#find(roomName, peerId);
    if (![...member.publications].some((publication) => sourceOf(publication) === source)) return;
    room.announce('sourceStopped', { peerId, source, by: peerIdOf(actor) });
    member.closeSource(source);
    this.#note(actor, roomName, { kind: 'source-stopped', user: member.identity.userId, target: source });
  }

  lowerHand(actor: Actor, roomName: string, { peerId }: { peerId: string }): void {
    const { room, member } = this.#find(roomName, peerId);
    this.#lower(actor, room, [member]);
  }

  lowerAllHands(actor: Actor, roomName: string): void {
    const room = this.#open(roomName);
    this.#lower(actor, room, room.membersOf());
  }

  /** Gives a peer another type for its session. What that does not allow is closed. */
  setUserType(
    actor: Actor,
    roomName: string,
    { peerId, userType }: { peerId: string; userType: RoomUserType },
  ): void {
    const { member } = this.#find(roomName, peerId);
    if (peerIdOf(actor) !== peerId) assertWithinReach(actor, [member]);
    if (member.identity.userType === userType) return;
    member.setUserType(userType);
    this.#note(actor, roomName, { kind: 'user-type-set', user: member.identity.userId, target: userType });
  }

  setLocked(actor: Actor, roomName: string, locked: boolean): Promise<void> {
    return this.configure(actor, roomName, { locked });
  }

  /** Turning the lobby off admits all who wait; turning it on sends those there who have not joined yet. */
  setLobby(actor: Actor, roomName: string, lobby: boolean): Promise<void> {
    return this.configure(actor, roomName, { lobby });
  }

  /** What is set of a room. */
  settings(roomName: string): RoomSetting {
    return this.#settings.of(roomName);
  }

  /** Sets what is named. A lobby acts as `setLobby`; a lower limit of peers takes nobody out. */
  async configure(actor: Actor, roomName: string, change: Partial<RoomSetting>): Promise<void> {
    const before = this.#settings.of(roomName);
    const stored = this.#settings.set(roomName, change); // also what is so already, by the configuration
    this.#announce(actor, roomName, before);
    const { metadata, ...detail } = change;
    this.#note(actor, roomName, {
      kind: 'room-set',
      detail: { ...withoutUndefined(detail), ...(metadata && { metadata: JSON.stringify(metadata) }) },
    });
    if (change.lobby === false) this.#lobby.admitAll(roomName);
    else if (change.lobby && !before.lobby) this.#rooms.closeVisitors(roomName, 'lobby_opened');
    await stored;
  }

  /** Who waits in the lobby, first come first. */
  waiting(roomName: string): WaitingInfo[] {
    return this.#lobby.waiting(roomName);
  }

  /** Throws `not_found`, and `room_locked` while nobody can join. */
  admitWaiting(actor: Actor, roomName: string, id: string): void {
    if (this.#settings.of(roomName).locked) throw new AppError('room_locked', 'unlock the room first');
    const { userId } = this.#lobby.admit(roomName, id);
    this.#note(actor, roomName, { kind: 'waiting-admitted', user: userId });
  }

  /** Throws `not_found`. */
  refuseWaiting(actor: Actor, roomName: string, id: string): void {
    const { userId } = this.#lobby.refuse(roomName, id, 'lobby_refused');
    this.#note(actor, roomName, { kind: 'waiting-refused', user: userId });
  }

  /** Takes a peer out, with all others of its user, and refuses the tokens that the user has by now. */
  async removePeer(actor: Actor, roomName: string, peerId: string): Promise<void> {
    const { member } = this.#find(roomName, peerId);
    await this.removeUser(actor, roomName, member.identity.userId);
  }

  /** The same by the user's id, who may be absent. */
  async removeUser(actor: Actor, roomName: string, userId: string): Promise<void> {
    this.#assertMayRemove(actor, roomName, userId);
    const stored = this.#cutOffs.cutOff(roomName, userId, reachOf(actor));
    this.#disconnectUser(roomName, 'removed', userId);
    this.#note(actor, roomName, { kind: 'user-removed', user: userId });
    await stored;
  }

  /** As a removal, and refuses later tokens too. */
  async banUser(actor: Actor, roomName: string, userId: string): Promise<void> {
    this.#assertMayRemove(actor, roomName, userId);
    const stored = this.#cutOffs.ban(roomName, userId, reachOf(actor));
    this.#disconnectUser(roomName, 'banned', userId);
    this.#note(actor, roomName, { kind: 'user-banned', user: userId });
    await stored;
  }

  /** Lets the user come again with a token that is younger than the ban. Throws `not_found`. */
  async unbanUser(actor: Actor, roomName: string, userId: string): Promise<void> {
    if (!this.#cutOffs.isBanned(roomName, userId)) throw new AppError('not_found', 'this user is not banned');
    const stored = this.#cutOffs.unban(roomName, userId);
    this.#note(actor, roomName, { kind: 'user-unbanned', user: userId });
    await stored;
  }

  /** A page of those who are banned from a room: the ones after a user. */
  bans(roomName: string, after?: string): BanPage {
    return this.#cutOffs.bans(roomName, after);
  }

  /** Takes everybody out, and refuses all tokens that there are for the room by now. */
  async endRoom(actor: Actor, roomName: string): Promise<void> {
    const stored = this.#cutOffs.cutOffAll(roomName, reachOf(actor));
    this.#note(actor, roomName, { kind: 'room-ended' });
    const end = () => {
      this.#lobby.refuseAll(roomName, 'room_ended');
      this.#rooms.end(roomName, 'room_ended');
    };
    try {
      await stored;
    } finally {
      setImmediate(end); // the answer goes out first, as the one who asked is taken out too
    }
  }

  /** Tells the members what has changed of the room. */
  #announce(actor: Actor, roomName: string, before: RoomSetting): void {
    const { locked, lobby, metadata } = this.#settings.of(roomName);
    const change = {
      ...(locked !== before.locked && { locked }),
      ...(lobby !== before.lobby && { lobby }),
      ...(JSON.stringify(metadata) !== JSON.stringify(before.metadata) && { metadata }),
    };
    if (Object.keys(change).length === 0) return;
    this.#rooms.find(roomName)?.announce('roomUpdated', { ...change, by: peerIdOf(actor) });
  }

  #lower(actor: Actor, room: Room, members: readonly Member[]): void {
    const raised = members.filter((member) => member.info().handRaisedAt !== null);
    if (raised.length === 0) return;
    for (const member of raised) member.setHandRaised(false);
    room.announce('handsLowered', { peerIds: raised.map(({ id }) => id), by: peerIdOf(actor) });
    const [first, second] = raised;
    const user = first && !second && { user: first.identity.userId };
    this.#note(actor, room.name, { kind: 'hands-lowered', ...user, detail: { count: raised.length } });
  }

  #disconnectUser(roomName: string, code: 'removed' | 'banned', userId: string): void {
    this.#lobby.refuseAll(roomName, code, userId);
    this.#rooms.disconnectUser(roomName, code, userId);
  }

  #assertMayRemove(actor: Actor, roomName: string, userId: string): void {
    if (actor.kind !== 'peer') return;
    if (actor.peer.identity.userId === userId) throw new AppError('forbidden', 'leave instead');
    assertWithinReach(actor, this.#rooms.membersOf(roomName, userId));
  }

  #find(roomName: string, peerId: string): { room: Room; member: Member } {
    const room = this.#open(roomName);
    return { room, member: room.member(peerId) };
  }

  #open(roomName: string): Room {
    const room = this.#rooms.find(roomName);
    if (!room) throw new AppError('not_found', 'nobody is in this room');
    return room;
  }

  #note(actor: Actor, room: string, fact: Omit<Parameters<Journal>[0], 'room' | 'actor'>): void {
    this.#journal({ ...fact, room, actor: nameOf(actor) });
  }
}

/** The settings as details of a fact, which have values only. */
function withoutUndefined({ maxPeers, ...detail }: Partial<Omit<RoomSetting, 'metadata'>>) {
  return { ...detail, ...(maxPeers !== undefined && { maxPeers }) };
}
