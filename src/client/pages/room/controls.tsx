import type { ComponentChildren } from 'preact';
import type { Source } from '../../../protocol/grants.ts';
import { GRANT_OF_SOURCE } from '../../../protocol/grants.ts';
import type { Room } from '../../room.ts';

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
  const button = (source: 'mic' | 'camera' | 'screen', icon: string, label: string) =>
    room.may(GRANT_OF_SOURCE[source]) && (
      <Toggle icon={icon} label={label} pressed={on.has(source)} onClick={() => onToggle(source)} />
    );
  return (
    <div class="controls" role="toolbar" aria-label="Call">
      {button('mic', '🎙', 'Microphone')}
      {button('camera', '📷', 'Camera')}
      {'getDisplayMedia' in (navigator.mediaDevices ?? {}) && button('screen', '🖥', 'Share screen')}
      <Toggle icon="✋" label="Raise hand" pressed={hand} onClick={onHand} />
      {room.may('chat') && <Toggle icon="💬" label="Chat" pressed={chat} onClick={onChat} />}
      <button type="button" class="leave" onClick={onLeave}>
        Leave
      </button>
    </div>
  );
}

function Toggle(props: { icon: string; label: string; pressed: boolean; onClick: () => void }) {
  const { icon, label, pressed, onClick }: typeof props & { icon: ComponentChildren } = props;
  return (
    <button type="button" aria-pressed={pressed} aria-label={label} title={label} onClick={onClick}>
      <span aria-hidden="true">{icon}</span>
    </button>
  );
}
