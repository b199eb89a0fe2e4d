import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { RoomError } from '../../errors.ts';
import { Room } from '../../room.ts';
import type { Invitation } from './address.ts';
import { Call } from './call.tsx';
import { capture } from './capture.ts';
import { requestToken } from './dev-token.ts';
import { JoinForm } from './form.tsx';
import { captureSentence, sentenceFor } from './sentences.ts';

/** What `<html data-state>` says. */
type PageState = 'idle' | 'joining' | 'joined' | 'reconnecting' | 'left';

/** The page: a form, then a call, then the form again with the reason why the call ended. */
export function App({ invitation }: { invitation: Invitation }) {
  const [state, setState] = useState<PageState>('idle');
  const [room, setRoom] = useState<Room>();
  const [notice, setNotice] = useState<string>();
  const [asked, setAsked] = useState(invitation);
  const joining = useRef(false);

  const join = async (asked: Invitation) => {
    if (joining.current) return;
    joining.current = true;
    setAsked(asked);
    setNotice(undefined);
    setState('joining');
    const room = new Room({ token: () => asked.token ?? requestToken(asked) });
    room.on('stateChanged', (state) => {
      if (state === 'joined' || state === 'reconnecting' || state === 'left') setState(state);
    });
    room.on('left', ({ code }) => {
      setRoom(undefined);
      setNotice(sentenceFor(new RoomError(code)));
    });
    room.on('publicationClosed', ({ track }, error) => {
      if (!error) return;
      track.stop();
      setNotice(sentenceFor(error));
    });
    try {
      await enter(room, asked, setNotice);
      setRoom(room);
    } catch (error) {
      room.leave({ stopTracks: true });
      setState('idle');
      setNotice(sentenceFor(error));
    }
    joining.current = false;
  };

  useLayoutEffect(() => {
    document.documentElement.dataset.state = state;
  }, [state]);
  useEffect(() => {
    if (invitation.joinAtOnce) void join(invitation);
  }, []);

  const calling = room && (state === 'joined' || state === 'reconnecting');
  return (
    <>
      <p class="notice" role="status" aria-live="polite">
        {notice ?? (state === 'reconnecting' ? 'The connection was lost. Coming back…' : undefined)}
      </p>
      {calling ? (
        <Call room={room} name={asked.name} onNotice={setNotice} />
      ) : (
        <JoinForm invitation={asked} busy={state === 'joining'} onJoin={join} />
      )}
    </>
  );
}

/** Connects while the browser asks for camera and microphone, and joins with what came of it. */
async function enter(room: Room, asked: Invitation, onNotice: (notice: string) => void): Promise<void> {
  const connected = room.connect();
  const wanted = asked.userType === 'viewer' ? [] : (['mic', 'camera'] as const);
  const publishing = capture(new Set(wanted)).then(({ captured, failure }) => {
    if (failure) onNotice(captureSentence(failure));
    for (const { source, track } of captured) {
      if (room.state === 'left') track.stop();
      else room.publish(track, { source });
    }
    return room.join(); // in one flight, where the browser was faster than the network
  });
  // A refusal does not wait for somebody to look at the browser's question.
  await Promise.all([connected, publishing]);
}
