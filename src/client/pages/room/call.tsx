import { useEffect, useRef, useState } from 'preact/hooks';
import type { Room } from '../../room.ts';
import { type Captured, capture, captureScreen } from './capture.ts';
import { Chat, type Line } from './chat.tsx';
import { Controls } from './controls.tsx';
import { captureSentence, sentenceFor } from './sentences.ts';
import { Sounds } from './sounds.tsx';
import { OwnTiles, PeerTiles } from './tile.tsx';
import { useRoom, useRoomEvent } from './use-room.ts';

interface Props {
  room: Room;
  name: string;
  onNotice: (notice: string | undefined) => void;
}

/** A call: everyone's pictures, everyone's sound, and the buttons. */
export function Call({ room, name, onNotice }: Props) {
  const update = useRoom(room);
  const [hand, setHand] = useState(false);
  const [chat, setChat] = useState(false);
  const [speaker, setSpeaker] = useState<string | null>(null);
  const { lines, say } = useChat(room, name, chat, onNotice);
  useRoomEvent(room, 'speakersChanged', ({ active }) => setSpeaker(active));

  const peers = [...room.peers.values()];
  const publications = [...room.publications];
  const on = new Set(publications.filter(({ paused }) => !paused).map(({ source }) => source));
  const toggle = (source: 'mic' | 'camera' | 'screen') => {
    onNotice(undefined);
    toggleSource(room, source)
      .catch((failure: unknown) => onNotice(captureSentence(failure)))
      .finally(update);
  };
  const raise = () => {
    setHand(!hand);
    room.setHandRaised(!hand).catch((failure: unknown) => onNotice(sentenceFor(failure)));
  };

  return (
    <div class={chat ? 'call with-chat' : 'call'}>
      <ul
        class={`grid people-${Math.min(peers.length + 1, 10)}`}
        aria-label={`People in ${room.name ?? 'the room'}`}
      >
        {peers.map((peer) => (
          <PeerTiles key={peer.id} peer={peer} speaking={peer.id === speaker} />
        ))}
        <OwnTiles name={room.user?.name ?? name} publications={publications} hand={hand} />
      </ul>
      <Sounds peers={peers} />
      {chat && <Chat lines={lines} onSend={say} />}
      <Controls
        room={room}
        on={on}
        hand={hand}
        chat={chat}
        onToggle={toggle}
        onHand={raise}
        onChat={() => setChat(!chat)}
        onLeave={() => room.leave({ stopTracks: true })}
      />
    </div>
  );
}

/** For how long a line is shown where the chat is not open, in milliseconds. */
const SHOWN_MS = 6000;

/** What was said in this call. A new line is shown for a moment where the chat is not open. */
function useChat(room: Room, name: string, open: boolean, onNotice: Props['onNotice']) {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const isOpen = useRef(open);
  isOpen.current = open;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const add = (line: Line) => setLines((lines) => [...lines, line]);
  useRoomEvent(room, 'chat', ({ id, peer, text, at }) => {
    const from = peer?.name ?? 'Somebody';
    add({ id, name: from, text, at });
    if (isOpen.current) return;
    onNotice(`${from}: ${text.slice(0, 100)}`);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onNotice(undefined), SHOWN_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const say = (text: string) => {
    room.chat(text).then(
      ({ id, at }) => add({ id, name: room.user?.name ?? name, text, at: new Date(at) }),
      (failure: unknown) => onNotice(sentenceFor(failure)),
    );
  };
  return { lines, say };
}

/** A microphone is muted; a camera and a screen are given back, so that their lights go out. */
async function toggleSource(room: Room, source: 'mic' | 'camera' | 'screen'): Promise<void> {
  const publications = [...room.publications].filter((one) => one.source === source);
  const [publication] = publications;
  if (source === 'mic' && publication) {
    await (publication.paused ? publication.resume() : publication.pause());
  } else if (publication) {
    publication.close({ stopTrack: true });
    if (source !== 'screen') return;
    for (const one of room.publications) if (one.source === 'screen-audio') one.close({ stopTrack: true });
  } else {
    for (const { source: captured, track } of await start(source)) room.publish(track, { source: captured });
  }
}

async function start(source: 'mic' | 'camera' | 'screen'): Promise<Captured[]> {
  if (source === 'screen') return (await captureScreen()) ?? [];
  const { captured, failure } = await capture(new Set([source]));
  if (failure) throw failure;
  return captured;
}
