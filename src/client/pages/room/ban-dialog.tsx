import { useEffect, useState } from 'preact/hooks';
import type { Ban } from '../../moderation.ts';
import type { Room } from '../../room.ts';
import { Dialog } from './panel.tsx';
import { useTexts } from './texts/language.ts';

interface Props {
  room: Room;
  attempt: (act: () => Promise<unknown>) => void;
  onClose: () => void;
}

/** Who may not come into the room, and the way back in for each. */
export function BanDialog({ room: { moderation }, attempt, onClose }: Props) {
  const { host } = useTexts();
  const [bans, setBans] = useState<readonly Ban[]>();
  const load = async () => setBans(await moderation.listBans());
  useEffect(() => attempt(load), []);
  return (
    <Dialog title={host.bans} onClose={onClose}>
      {bans?.length === 0 && <p class="quiet">{host.noBans}</p>}
      <ul class="bans" hidden={!bans?.length}>
        {bans?.map((ban) => (
          <li key={ban.userId}>
            <p class="who">
              <span class="name" dir="auto">
                {ban.userId}
              </span>
              <span class="quiet">{new Date(ban.at).toLocaleString(document.documentElement.lang)}</span>
            </p>
            <button
              type="button"
              class="quiet-button"
              onClick={() => attempt(() => moderation.unban(ban).then(load))}
            >
              {host.unban} <span class="unseen">{ban.userId}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
