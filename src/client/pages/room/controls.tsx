import type { ComponentProps } from 'preact';
import { GRANT_OF_SOURCE, type Source } from '../../../protocol/grants.ts';
import type { Room } from '../../room.ts';
import { Icon } from './icons.tsx';

interface Props {
  room: Room;
  /** What is on: a microphone that is not muted, a camera, a screen. */
  on: ReadonlySet<Source>;
  hand: boolean;
  chat: boolean;
  onToggle: (source: 'mic' | 'camera' | 'screen') => void;
  onHand: () => void;
  onChat: () => void;
  onLeave: () => void;
}

/** The buttons of a call; those that the role does not allow are left out. */
export function Controls({ room, on, hand, chat, onToggle, onHand, onChat, onLeave }: Props) {
  const button = (source: 'mic' | 'camera' | 'screen', label: string) =>
    room.may(GRANT_OF_SOURCE[source]) && (
      <Toggle icon={source} label={label} pressed={on.has(source)} onClick={() => onToggle(source)} />
    );
  return (
    <div class="controls" role="toolbar" aria-label="Call">
      {button('mic', 'Microphone')}
      {button('camera', 'Camera')}
      {'getDisplayMedia' in (navigator.mediaDevices ?? {}) && button('screen', 'Share screen')}
      <Toggle icon="hand" label="Raise hand" pressed={hand} onClick={onHand} />
      {room.may('chat') && <Toggle icon="chat" label="Chat" pressed={chat} onClick={onChat} />}
      <button type="button" class="leave" onClick={onLeave}>
        Leave
      </button>
    </div>
  );
}

interface ToggleProps {
  icon: ComponentProps<typeof Icon>['name'];
  label: string;
  pressed: boolean;
  onClick: () => void;
}

function Toggle({ icon, label, pressed, onClick }: ToggleProps) {
  const off = !pressed && (icon === 'mic' || icon === 'camera');
  return (
    <button type="button" aria-pressed={pressed} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} off={off} />
    </button>
  );
}
