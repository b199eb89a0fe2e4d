import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { RoomError } from '../../errors.ts';
import { Room } from '../../room.ts';
import type { Invitation } from './address.ts';
import { Call } from './call.tsx';
import { capture } from './capture.ts';
import { requestToken } from './dev-token.ts';
import { JoinForm } from './form.tsx';
import { captureSentence, MEDIA_FAILED, RECONNECTING, sentenceFor } from './sentences.ts';

/** What `<html data-state>` says. */
type PageState = 'idle' | 'joining' | 'joined' | 'reconnecting' | 'left';

/** The page: a form, then a call, then the form again with the reason why the call ended. */
export function App({ invitation }: { invitation: Invitation }) {
  const [state, setState] = useState<PageState>('idle');
  const [notice, setNotice] = useState<string>();
  const [asked, setAsked] = useState(invitation);
  const [room, setRoom] = useState<Room>();
  const next = useNextRoom();

  const join = async (asked: Invitation) => {
    const room = next(asked);
    setAsked(asked);
    setNotice(undefined);
    setState('joining');
    listen(room, setState, setNotice);
    try {
      await enter(room, asked, setNotice);
      setRoom(room);
    } catch (error) {
      room.leave();
      setState('idle');
      setNotice(sentenceFor(error));
    }
  };

  useLayoutEffect(() => {
    document.documentElement.dataset.state = state;
  }, [state]);
  useEffect(() => {
    if (invitation.joinAtOnce) void join(invitation);
  }, []);

  const reconnecting = state === 'reconnecting';
  return (
    <>
      <p class="notice" role="status">
        {reconnecting ? RECONNECTING : notice}
      </p>
      {room && (state === 'joined' || reconnecting) ? (
        <Call room={room} name={asked.name} onNotice={setNotice} />
      ) : (
        <JoinForm invitation={asked} busy={state === 'joining' || reconnecting} onJoin={join} />
      )}
    </>
  );
}

/** A room to join, which is being prepared while somebody fills in the form. */
function useNextRoom(): (asked: Invitation) => Room {
  const waiting = useRef<ReturnType<typeof prepareRoom> | undefined>(undefined);
  useEffect(() => {
    waiting.current ??= prepareRoom();
  }, []);
  return (asked) => {
    const { room, invite } = waiting.current ?? prepareRoom();
    waiting.current = undefined;
    invite(asked);
    return room;
  };
}

/** A room whose token is asked for when it is known whose it is, and kept for when the connection comes back. */
function prepareRoom(): { room: Room; invite: (asked: Invitation) => void } {
  let invite: (asked: Invitation) => void = () => {};
  const invited = new Promise<Invitation>((resolve) => {
    invite = resolve;
  });
  let token: Promise<string> | undefined;
  const room = new Room({
    token: () => {
      token ??= invited.then((asked) => asked.token ?? requestToken(asked));
      return token;
    },
  });
  room.prepare().catch(() => {}); // tried again with the join, which says what is wrong
  return { room, invite };
}

/** Shows what happens to a room, and gives back cameras and microphones that it no longer needs. */
function listen(
  room: Room,
  setState: (state: PageState) => void,
  setNotice: (notice: string | undefined | ((notice: string | undefined) => string | undefined)) => void,
): void {
  room.on('stateChanged', (state) => {
    if (state === 'joined' || state === 'reconnecting' || state === 'left') setState(state);
  });
  room.on('left', ({ code }) => setNotice(sentenceFor(new RoomError(code))));
  room.on('publicationClosed', ({ track }, error) => {
    track.stop();
    if (error) setNotice(sentenceFor(error));
  });
  room.on('mediaStateChanged', (_direction, state) => {
    if (state === 'failed') setNotice(MEDIA_FAILED);
    else if (state === 'connected') setNotice((notice) => (notice === MEDIA_FAILED ? undefined : notice));
  });
}

/** Connects while the browser asks for camera and microphone, and joins with what came of it. */
async function enter(room: Room, asked: Invitation, onNotice: (notice: string) => void): Promise<void> {
  const connected = room.connect();
  const wanted = asked.userType === 'viewer' ? [] : (['mic', 'camera'] as const);
  const joined = capture(new Set(wanted)).then(({ captured, failure }) => {
    if (failure) onNotice(captureSentence(failure));
    for (const { source, track } of captured) {
      if (room.state === 'left') track.stop();
      else room.publish(track, { source });
    }
    return room.join(); // in one flight, where the browser was faster than the network
  });
  // A refusal does not wait for somebody to answer the browser's question.
  await Promise.all([connected, joined]);
}
