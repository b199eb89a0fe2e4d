/** What a language has to say: all that the page says. */
import type { Action } from '../shortcuts.ts';

type OfDevice = Record<'mic' | 'camera' | 'both', string>;
type Named = (name: string) => string;
type BySource = Record<'mic' | 'camera' | 'screen', string>;

export interface Texts {
  dir: 'ltr' | 'rtl';
  page: {
    joinTitle: string;
    ready: string;
    /** In parts, as the room's name stands out. */
    joinsAs: (room: string, role: string) => [before: string, room: string, after: string];
    yourName: string;
    room: string;
    role: string;
    join: string;
    joining: string;
    cancel: string;
    joinAgain: string;
    you: Named;
    somebody: string;
    callOver: string;
    /** The call did not begin, and trying again does not help. */
    noEntry: string;
  };
  /** By the type of the user; one that is not here is said as it is. */
  roles: Readonly<Record<string, string>>;
  rolesMean: Readonly<Record<string, string>>;
  devices: {
    title: string;
    mic: string;
    camera: string;
    speaker: string;
    standard: string;
    testSpeaker: string;
    level: string;
    preview: string;
    cameraOff: string;
    cameraStarting: string;
    joinSound: string;
    lost: { mic: string; camera: string };
    nowUsing: (label: string) => string;
    noneLeft: string;
    plugged: (label: string) => string;
    use: string;
  };
  tools: Record<Exclude<Action, 'devices' | 'bans'> | 'more' | 'leave' | 'close' | 'dismiss', string>;
  call: {
    people: (room: string) => string;
    screenOf: Named;
    yourScreen: string;
    muted: string;
    handRaised: string;
    speaking: string;
    pin: Named;
    unpin: Named;
    alone: string;
    joined: Named;
    left: Named;
    raised: Named;
    hear: string;
    soundBlocked: string;
    copied: string;
    notCopied: string;
    unread: (count: number) => string;
    /** @param loss in percent  @param ms of a round trip */
    network: Record<'weak' | 'poor', (loss: number, ms: number) => string>;
    comingBack: string;
    /** @param time of the day, as it is written where we are */
    endsAt: (time: string) => string;
  };
  chat: Record<'title' | 'log' | 'field' | 'send' | 'empty' | 'private', string>;
  shortcuts: Record<'title' | 'use' | 'help', string>;
  lobby: Record<'waiting' | 'giveUp' | 'title' | 'admit' | 'refuse', string> & { asks: Named };
  /** What a host does. */
  host: Record<
    | 'mute'
    | 'stopCamera'
    | 'stopScreen'
    | 'lowerHand'
    | 'role'
    | 'remove'
    | 'ban'
    | 'lock'
    | 'unlock'
    | 'lobbyOn'
    | 'lobbyOff'
    | 'lowerAll'
    | 'end'
    | 'endSure'
    | 'bans'
    | 'noBans'
    | 'unban',
    string
  > & {
    actionsFor: Named;
    /** A mute that holds until a host lifts it, and the lifting. */
    hold: BySource;
    allow: BySource;
    /** What is shown of somebody who is held. */
    held: BySource;
  };
  /** What a host did, told to those whom it concerns. */
  done: Record<
    'micMuted' | 'cameraOff' | 'screenOff' | 'handLowered' | 'locked' | 'unlocked' | 'lobbyOn' | 'lobbyOff',
    string
  > & { role: (role: string) => string; held: BySource; allowed: BySource };
  trouble: {
    reconnecting: string;
    serverAway: string;
    back: string;
    mediaFailed: string;
    noInvitation: string;
    unknown: string;
    badLink: (message: string) => string;
    serverSays: (message: string) => string;
    insecure: string;
    denied: OfDevice;
    missing: OfDevice;
    busy: OfDevice;
    noStart: OfDevice;
  };
  /** By the code with which a call ended, or did not begin: what it is, and what to do. */
  codes: Readonly<Record<string, string>>;
}
