import { useEffect, useRef, useState } from 'preact/hooks';
import { RoomError } from '../../errors.ts';
import { Room } from '../../room.ts';
import type { RoomState } from '../../room-events.ts';
import type { Invitation } from './address.ts';
import { devTokens } from './dev-token.ts';
import { takeEarlySocket } from './early-socket.ts';
import type { OwnMedia } from './own-media.ts';

/** Where the page is; what `<html data-state>` says. */
export type PageState = 'idle' | 'joining' | 'waiting' | 'joined' | 'reconnecting' | 'left';

export interface Entrance {
  state: PageState;
  /** The room that we are in, or come back to. */
  room: Room | undefined;
  /** Why the last call ended, or did not begin. */
  failure: unknown;
  /** With whom the last call was. */
  asked: Invitation;
  /** When the call ends with its link; undefined until that is near. */
  endsAt: Date | undefined;
  join: (asked: Invitation) => void;
  /** From the end of a call to the beginning of another. */
  goBack: () => void;
}

/** The way into a room and out of it. A room waits behind the first screen, as warm as it can be. */
export function useEntrance(invitation: Invitation, media: OwnMedia): Entrance {
  const [state, setState] = useState<PageState>('idle');
  const [room, setRoom] = useState<Room>();
  const [failure, setFailure] = useState<unknown>();
  const [asked, setAsked] = useState(invitation);
  const [endsAt, setEndsAt] = useState<Date>();
  const waiting = useRef<WaitingRoom | undefined>(undefined);

  const join = async (asked: Invitation) => {
    const { room, invite } = takeOpen(waiting.current) ?? prepareRoom(asked, setEndsAt);
    waiting.current = undefined;
    setAsked(asked);
    setFailure(undefined);
    setState('joining');
    const follow = (state: RoomState) => {
      if (state === 'joining' || state === 'joined' || state === 'reconnecting' || state === 'waiting') {
        setState(state);
      }
    };
    room.on('stateChanged', follow);
    room.on('publicationClosed', (publication) => {
      // With the call all end, and what was on is on in the next one.
      if (room.state !== 'left') media.closed(publication);
    });
    room.on('left', ({ code }) => {
      media.stop();
      setFailure(new RoomError(code));
      setState((before) => (before === 'joining' || before === 'waiting' ? 'idle' : 'left'));
    });
    follow(room.state);
    invite(asked);
    setRoom(room);
    try {
      await enter(room, media, asked);
    } catch (error) {
      room.removeAllListeners();
      room.leave();
      setFailure(isOwnWish(error) ? undefined : error);
      setState('idle');
    }
  };

  useEffect(() => {
    if (invitation.joinAtOnce) {
      void join(invitation);
      return;
    }
    waiting.current = prepareRoom(invitation, setEndsAt);
    if (invitation.token === undefined) return;
    waiting.current.invite(invitation);
    // What is wrong with a link is said before somebody has dressed up for the call.
    waiting.current.room.connect().catch((error: unknown) => {
      waiting.current = undefined;
      setFailure(error);
    });
  }, []);

  const goBack = () => {
    setFailure(undefined);
    setState('idle');
  };
  return { state, room, failure, asked, endsAt, join: (asked) => void join(asked), goBack };
}

/** Who waits no longer knows why. */
function isOwnWish(error: unknown): boolean {
  return error instanceof RoomError && error.code === 'left';
}

interface WaitingRoom {
  room: Room;
  invite: (asked: Invitation) => void;
}

/** One that waited for too long has been closed by the server. */
function takeOpen(waiting: WaitingRoom | undefined): WaitingRoom | undefined {
  return waiting?.room.state === 'left' ? undefined : waiting;
}

/**
 * A room whose token is that of the link, or is asked for when it is known whose it is.
 * @param onEnding is told of the end of a link
 */
function prepareRoom({ token }: Invitation, onEnding: (at: Date) => void): WaitingRoom {
  let invite: (asked: Invitation) => void = () => {};
  const invited = new Promise<Invitation>((resolve) => {
    invite = resolve;
  });
  const tokens = invited.then(devTokens);
  const room = new Room({ token: token ?? (async () => (await tokens)()), createWebSocket: takeEarlySocket });
  // It may be near at once: before there is a call to show it in.
  if (token !== undefined) room.on('tokenExpiring', ({ expiresAt }) => onEnding(expiresAt));
  room.prepare().catch(() => {}); // tried again with the join, which says what is wrong
  return { room, invite };
}

/** Connects while the browser asks for camera and microphone, and joins with what came of it. */
async function enter(room: Room, media: OwnMedia, asked: Invitation): Promise<void> {
  const connected = room.connect();
  const started = asked.userType === 'viewer' ? Promise.resolve() : media.start();
  const joined = started.then(() => {
    if (room.state !== 'left') media.attach(room);
    return room.join(); // in one flight, where the browser was faster than the network
  });
  // A refusal does not wait for somebody to answer the browser's question.
  await Promise.all([connected, joined]);
}
