import { useState } from 'preact/hooks';
import type { Room } from '../../room.ts';
import { Icon, type IconName } from './icons.tsx';
import { useTexts } from './texts/language.ts';

interface Props {
  room: Room;
  attempt: (act: () => Promise<unknown>) => void;
  /** Shows who may not come in. */
  onBans: () => void;
}

/** What a host can do with the room: the lower part of the menu. */
export function HostMenu({ room, attempt, onBans }: Props) {
  const { host } = useTexts();
  const { moderation, locked, lobby } = room;
  const [sure, setSure] = useState(false);
  const item = (icon: IconName, label: string, act: () => Promise<unknown>) => (
    <button type="button" class="item" onClick={() => attempt(act)}>
      <Icon name={icon} />
      {label}
    </button>
  );
  return (
    <>
      <hr />
      {item('lock', locked ? host.unlock : host.lock, () => moderation.setLocked(!locked))}
      {item('people', lobby ? host.lobbyOff : host.lobbyOn, () => moderation.setLobby(!lobby))}
      {item('hand', host.lowerAll, () => moderation.lowerAllHands())}
      <button type="button" class="item" onClick={onBans}>
        <Icon name="ban" />
        {host.bans}
      </button>
      <button
        type="button"
        class="item danger"
        onBlur={() => setSure(false)}
        onClick={(event) => {
          if (sure) return attempt(() => moderation.end());
          event.stopPropagation(); // the menu stays open for the second click
          setSure(true);
        }}
      >
        <Icon name="leave" />
        {sure ? host.endSure : host.end}
      </button>
    </>
  );
}
