import type { ComponentChildren } from 'preact';
import { GRANT_OF_SOURCE } from '../../../protocol/grants.ts';
import type { Room } from '../../room.ts';
import { canShareScreen } from './capture.ts';
import { type Holdable, isHoldable } from './holds.ts';
import { Icon, type IconName } from './icons.tsx';
import { Menu, MenuItem } from './menu.tsx';
import { type Action, KEYS } from './shortcuts.ts';
import { useTexts } from './texts/language.ts';

interface Props {
  room: Room;
  /** What is on, or open. */
  on: ReadonlySet<Action>;
  unread: number;
  canInvite: boolean;
  /** Does what a button is for; the keys do the same. */
  onAction: (action: Action) => void;
  onLeave: () => void;
  /** What hosts can do besides. */
  children?: ComponentChildren;
}

/** The buttons of a call; those that the role does not allow are left out. */
export function Controls({ room, on, unread, canInvite, onAction, onLeave, children }: Props) {
  const { tools, call, host } = useTexts();
  const held = (source: Holdable) => (room.mutedSources.has(source) ? host.held[source] : undefined);
  const button = (action: Action & keyof typeof tools, icon: IconName, off = false) => (
    <Toggle
      icon={icon}
      off={off && !on.has(action)}
      label={tools[action]}
      pressed={on.has(action)}
      onClick={() => onAction(action)}
      action={action}
      held={isHoldable(action) ? held(action) : undefined}
    />
  );
  return (
    <footer class="controls">
      {room.may(GRANT_OF_SOURCE.mic) && button('mic', 'mic', true)}
      {room.may(GRANT_OF_SOURCE.camera) && button('camera', 'camera', true)}
      {room.may(GRANT_OF_SOURCE.screen) && canShareScreen() && button('screen', 'screen')}
      {button('hand', 'hand')}
      {room.may('chat') && (
        <span class="with-badge">
          {button('chat', 'chat')}
          {unread > 0 && (
            <span class="badge">
              <span aria-hidden="true">{unread > 99 ? '99+' : unread}</span>
              <span class="unseen">{call.unread(unread)}</span>
            </span>
          )}
        </span>
      )}
      <More canInvite={canInvite} onAction={onAction}>
        {children}
      </More>
      <button type="button" class="tool leave" aria-label={tools.leave} title={tools.leave} onClick={onLeave}>
        <Icon name="leave" />
      </button>
    </footer>
  );
}

/** What is needed less often. */
function More({ canInvite, onAction, children }: Pick<Props, 'canInvite' | 'onAction' | 'children'>) {
  const { tools, devices } = useTexts();
  return (
    <Menu label={tools.more} icon="more">
      <MenuItem icon="settings" label={devices.title} onChoose={() => onAction('devices')} />
      {canInvite && <MenuItem icon="link" label={tools.invite} onChoose={() => onAction('invite')} />}
      <MenuItem icon="keyboard" label={tools.shortcuts} onChoose={() => onAction('shortcuts')} />
      {children}
    </Menu>
  );
}

interface ToggleProps {
  icon: IconName;
  off: boolean;
  label: string;
  pressed: boolean;
  action: Action;
  /** What a host has done to it. */
  held: string | undefined;
  onClick: () => void;
}

/** One that is struck out is off in red: a microphone, a camera. */
function Toggle({ icon, off, label, pressed, action, held, onClick }: ToggleProps) {
  const key = Object.keys(KEYS).find((key) => KEYS[key] === action);
  const what = held === undefined ? label : `${label}, ${held}`;
  return (
    <button
      type="button"
      class={`tool ${action}${off ? ' off' : ''}`}
      aria-pressed={pressed}
      aria-label={what}
      aria-keyshortcuts={key}
      title={`${what} (${key})`}
      onClick={onClick}
    >
      <Icon name={icon} off={off} />
      {held !== undefined && <Icon name="lock" />}
    </button>
  );
}
