import { useContext, useEffect, useState } from 'preact/hooks';
import type { Room } from '../../room.ts';
import type { OwnKind } from './capture.ts';
import { Chat, useChat } from './chat.tsx';
import { Controls } from './controls.tsx';
import { DeviceDialog } from './device-picker.tsx';
import { HostMenu } from './host-menu.tsx';
import { Icon } from './icons.tsx';
import type { Notices } from './notices.tsx';
import type { OwnMedia } from './own-media.ts';
import { People } from './people.tsx';
import { isSharing, toggleScreen } from './screen.ts';
import { captureSentence, sentenceFor } from './sentences.ts';
import { SettingsContext } from './settings.ts';
import { ShortcutDialog } from './shortcut-dialog.tsx';
import { type Action, actionOf } from './shortcuts.ts';
import { Sounds } from './sounds.tsx';
import { Stage } from './stage.tsx';
import { useTexts } from './texts/language.ts';
import { tilesOf } from './tiles.ts';
import { useCallNews } from './use-call-news.ts';
import type { DeviceKind, Devices } from './use-devices.ts';
import { useHostNews } from './use-host-news.ts';
import { useOwnMedia, useQualities, useRoom, useRoomEvent } from './use-room.ts';

interface Props {
  room: Room;
  media: OwnMedia;
  devices: Devices;
  notices: Notices;
  /** Our own name. */
  name: string;
  roomName: string;
  /** Whether the address of the page lets others in: not where each needs a token. */
  canInvite: boolean;
  reconnecting: boolean;
}

/** What stands beside the stage, or over it. */
type Open = 'chat' | 'people' | 'devices' | 'shortcuts';

/** A call: everyone's pictures, everyone's sound, and the buttons. */
export function Call({ room, media, devices, notices, name, roomName, canInvite, reconnecting }: Props) {
  const texts = useTexts();
  const update = useRoom(room);
  useOwnMedia(media);
  useCallNews(room, notices);
  const [speaker, setSpeaker] = useState<string | null>(null);
  useRoomEvent(room, 'speakersChanged', ({ active }) => setSpeaker(active));
  const qualities = useQualities(room);
  const [open, setOpen] = useState<Open>();
  const [hand, setHand] = useState(false);
  const chat = useChat(room, name, open === 'chat', notices);

  const say = (text: string | undefined) => {
    if (text) notices.show('own', { text, tone: 'problem' });
  };
  const toggleOwn = async (kind: OwnKind) => {
    notices.drop('own');
    const source = media[kind];
    await source.setOn(!source.on);
    if (source.failure !== undefined) say(captureSentence(new Map([[kind, source.failure]]), texts));
  };
  const raise = async () => {
    await room.setHandRaised(!hand);
    setHand(!hand);
  };
  const actions: Record<Action, () => unknown> = {
    mic: () => room.may('publish:mic') && toggleOwn('mic'),
    camera: () => room.may('publish:camera') && toggleOwn('camera'),
    screen: () => room.may('publish:screen') && toggleScreen(room).then(update),
    hand: raise,
    chat: () => room.may('chat') && setOpen(open === 'chat' ? undefined : 'chat'),
    people: () => setOpen(open === 'people' ? undefined : 'people'),
    devices: () => setOpen('devices'),
    shortcuts: () => setOpen('shortcuts'),
    invite: () => canInvite && copyInvitation(notices, texts.call),
  };
  const attempt = async (act: () => unknown) => {
    try {
      await act();
    } catch (failure) {
      say(sentenceFor(failure, texts));
    }
  };
  const act = (action: Action) => void attempt(actions[action]);
  useShortcuts(act);
  useHostNews(room, notices, {
    onHandLowered: () => setHand(false),
    onAdmit: (user) => void attempt(() => room.moderation.admit(user)),
  });

  const tiles = tilesOf(
    room.peers.values(),
    {
      name: texts.page.you(name),
      screenName: texts.call.yourScreen,
      camera: media.camera.track,
      screen: [...room.publications].find(({ source }) => source === 'screen')?.track,
      muted: !media.mic.on,
      hand,
    },
    texts.call.screenOf,
  );
  const on = new Set<Action>(open ? [open] : []);
  if (media.mic.on) on.add('mic');
  if (media.camera.on) on.add('camera');
  if (isSharing(room)) on.add('screen');
  if (hand) on.add('hand');
  const close = () => setOpen(undefined);
  const panel = open === 'chat' || open === 'people';

  return (
    <div class={panel ? 'call with-panel' : 'call'}>
      <Top
        roomName={roomName}
        count={room.peers.size + 1}
        alone={room.peers.size === 0}
        reconnecting={reconnecting}
        open={open === 'people'}
        onPeople={() => act('people')}
      />
      <main>
        <Stage room={room} roomName={roomName} tiles={tiles} speaker={speaker} qualities={qualities} />
      </main>
      <Sounds peers={[...room.peers.values()]} />
      {open === 'chat' && <Chat lines={chat.lines} onSend={chat.say} onClose={close} />}
      {open === 'people' && <People room={room} tiles={tiles} attempt={attempt} onClose={close} />}
      {open === 'shortcuts' && <ShortcutDialog onClose={close} />}
      {open === 'devices' && (
        <DeviceDialog media={media} devices={devices} kinds={kindsFor(room)} onClose={close} />
      )}
      <Controls
        room={room}
        on={on}
        unread={chat.unread}
        canInvite={canInvite}
        onAction={act}
        onLeave={() => room.leave({ stopTracks: true })}
      >
        {room.may('moderate') && <HostMenu room={room} attempt={attempt} />}
      </Controls>
    </div>
  );
}

interface TopProps {
  roomName: string;
  count: number;
  alone: boolean;
  reconnecting: boolean;
  open: boolean;
  onPeople: () => void;
}

/** Which room this is, how the connection is, and how many there are. */
function Top({ roomName, count, alone, reconnecting, open, onPeople }: TopProps) {
  const { call, tools, trouble } = useTexts();
  return (
    <header class="top">
      <h1 dir="auto">{roomName}</h1>
      <p class="state" role="status">
        {reconnecting ? trouble.reconnecting : alone && call.alone}
      </p>
      <button type="button" class="count" aria-pressed={open} onClick={onPeople} aria-keyshortcuts="p">
        <Icon name="people" />
        <span class="unseen">{tools.people}</span> {count}
      </button>
    </header>
  );
}

function useShortcuts(onAction: (action: Action) => void): void {
  const { shortcuts } = useContext(SettingsContext).settings;
  useEffect(() => {
    if (!shortcuts) return;
    const onKeyDown = (event: KeyboardEvent) => {
      const action = actionOf(event, document.activeElement);
      if (!action) return;
      event.preventDefault();
      onAction(action);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  });
}

function kindsFor(room: Room): DeviceKind[] {
  return [
    ...(room.may('publish:mic') ? (['mic'] as const) : []),
    ...(room.may('publish:camera') ? (['camera'] as const) : []),
    'speaker',
  ];
}

/** The address of the page, which never has a token in it. */
async function copyInvitation(notices: Notices, texts: { copied: string; notCopied: string }): Promise<void> {
  const link = new URL(location.href);
  for (const key of ['name', 'join', 'user_type']) link.searchParams.delete(key);
  try {
    await navigator.clipboard.writeText(link.href);
    notices.show('invite', { text: texts.copied });
  } catch {
    notices.show('invite', { text: texts.notCopied });
  }
}
