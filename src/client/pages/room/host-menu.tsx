import { useState } from 'preact/hooks';
import type { Room } from '../../room.ts';
import type { IconName } from './icons.tsx';
import { MenuItem } from './menu.tsx';
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
    <MenuItem icon={icon} label={label} onChoose={() => attempt(act)} />
  );
  return (
    <>
      <hr />
      {item('lock', locked ? host.unlock : host.lock, () => moderation.setLocked(!locked))}
      {item('people', lobby ? host.lobbyOff : host.lobbyOn, () => moderation.setLobby(!lobby))}
      {item('hand', host.lowerAll, () => moderation.lowerAllHands())}
      <MenuItem icon="ban" label={host.bans} onChoose={onBans} />
      <MenuItem
        icon="leave"
        label={sure ? host.endSure : host.end}
        danger
        stays={!sure} // for the second click
        onBlur={() => setSure(false)}
        onChoose={() => {
          if (sure) attempt(() => moderation.end());
          else setSure(true);
        }}
      />
    </>
  );
}
