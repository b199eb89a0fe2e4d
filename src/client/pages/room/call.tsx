import { useContext, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Room } from '../../room.ts';
import { BanDialog } from './ban-dialog.tsx';
import { Chat, useChat } from './chat.tsx';
import { Controls } from './controls.tsx';
import { DeviceDialog } from './device-picker.tsx';
import { HostMenu } from './host-menu.tsx';
import type { Notices } from './notices.tsx';
import type { OwnMedia } from './own-media.ts';
import { People } from './people.tsx';
import { SettingsContext } from './settings.ts';
import { ShortcutDialog } from './shortcut-dialog.tsx';
import { type Action, actionOf } from './shortcuts.ts';
import { Sounds } from './sounds.tsx';
import { Stage } from './stage.tsx';
import { useTexts } from './texts/language.ts';
import { tilesOf } from './tiles.ts';
import { Top } from './top.tsx';
import { useActions } from './use-actions.ts';
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

/** A call: everyone's pictures, everyone's sound, and the buttons. */
export function Call({ room, media, devices, notices, name, roomName, canInvite, reconnecting }: Props) {
  const update = useRoom(room);
  useOwnMedia(media);
  const actions = useActions({ room, media, notices, canInvite, update });
  const { open, act, attempt, close } = actions;
  useShortcuts(act);
  useCallNews(room, notices);
  useHostNews(room, notices, {
    onHandLowered: actions.onHandLowered,
    onOff: actions.onOff,
    onAdmit: (user) => attempt(() => room.moderation.admit(user)),
  });
  const chat = useChat(room, name, open === 'chat', notices);
  const tiles = useTiles(room, media, name, actions.hand);
  const peers = [...room.peers.values()];
  return (
    <div class={open === 'chat' || open === 'people' ? 'call with-panel' : 'call'}>
      <Top
        roomName={roomName}
        count={peers.length + 1}
        reconnecting={reconnecting}
        open={open === 'people'}
        onPeople={() => act('people')}
      />
      <main>
        <LiveStage room={room} roomName={roomName} tiles={tiles} />
      </main>
      <Sounds peers={peers} />
      {open === 'chat' && <Chat lines={chat.lines} onSend={chat.say} onClose={() => close('chat')} />}
      {open === 'people' && (
        <People room={room} tiles={tiles} attempt={attempt} onClose={() => close('people')} />
      )}
      {open === 'shortcuts' && <ShortcutDialog onClose={() => close('shortcuts')} />}
      {open === 'bans' && <BanDialog room={room} attempt={attempt} onClose={() => close('bans')} />}
      {open === 'devices' && (
        <DeviceDialog
          media={media}
          devices={devices}
          kinds={kindsFor(room)}
          onClose={() => close('devices')}
        />
      )}
      <Controls
        room={room}
        on={actions.on}
        unread={chat.unread}
        canInvite={canInvite}
        onAction={act}
        onLeave={() => room.leave({ stopTracks: true })}
      >
        {room.may('moderate') && <HostMenu room={room} attempt={attempt} onBans={() => act('bans')} />}
      </Controls>
    </div>
  );
}

type Tiles = ReturnType<typeof tilesOf>;

/** The stage with what changes often: who speaks, and how well everybody gets through. */
function LiveStage({ room, roomName, tiles }: { room: Room; roomName: string; tiles: Tiles }) {
  const [speaker, setSpeaker] = useState<string | null>(null);
  useRoomEvent(room, 'speakersChanged', ({ active }) => setSpeaker(active));
  const qualities = useQualities(room);
  return <Stage room={room} roomName={roomName} tiles={tiles} speaker={speaker} qualities={qualities} />;
}

function useTiles(room: Room, media: OwnMedia, name: string, hand: boolean): Tiles {
  const { page, call } = useTexts();
  const own = {
    name: page.you(name),
    screenName: call.yourScreen,
    camera: media.camera.on ? media.camera.track : undefined,
    screen: [...room.publications].find(({ source }) => source === 'screen')?.track,
    muted: !media.mic.on,
    hand,
  };
  return tilesOf(room.peers.values(), own, call.screenOf);
}

function useShortcuts(onAction: (action: Action) => void): void {
  const { shortcuts } = useContext(SettingsContext).settings;
  const latest = useRef(onAction);
  latest.current = onAction;
  useLayoutEffect(() => {
    if (!shortcuts) return;
    const onKeyDown = (event: KeyboardEvent) => {
      const action = actionOf(event, document.activeElement);
      if (!action) return;
      event.preventDefault();
      latest.current(action);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [shortcuts]);
}

/** The devices that the role has use for. */
function kindsFor(room: Room): DeviceKind[] {
  return [
    ...(room.may('publish:mic') ? (['mic'] as const) : []),
    ...(room.may('publish:camera') ? (['camera'] as const) : []),
    'speaker',
  ];
}
