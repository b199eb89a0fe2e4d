import { ROOM_USER_TYPES, type RoomUserType, type Source } from '../../../protocol/grants.ts';
import type { RemotePeer } from '../../remote-peer.ts';
import type { Room } from '../../room.ts';
import { allow, type Holdable, hold } from './holds.ts';
import { Icon, type IconName } from './icons.tsx';
import { Dialog } from './panel.tsx';
import { useTexts } from './texts/language.ts';

interface Props {
  room: Room;
  peer: RemotePeer;
  attempt: (act: () => Promise<unknown>) => void;
  onClose: () => void;
}

/** What a host can do with one person; only what makes sense at this moment. */
export function HostDialog({ room: { moderation }, peer, attempt, onClose }: Props) {
  const { host, roles } = useTexts();
  const sends = (source: Source) =>
    [...peer.sources.values()].some((one) => one.source === source && !one.paused);
  const item = (
    icon: IconName,
    label: string,
    act: () => Promise<unknown>,
    { danger = false, off = false } = {},
  ) => (
    <button
      type="button"
      class={danger ? 'item danger' : 'item'}
      onClick={() => {
        attempt(act);
        onClose();
      }}
    >
      <Icon name={icon} off={off} />
      {label}
    </button>
  );
  const holding = (source: Holdable) => {
    if (peer.mutedSources.includes(source)) {
      return item(source, host.allow[source], () => allow(moderation, peer, source));
    }
    const mayStart = source !== 'screen' && peer.userType !== 'viewer';
    return (
      (mayStart || sends(source)) && item('lock', host.hold[source], () => hold(moderation, peer, source))
    );
  };
  return (
    <Dialog title={peer.name} onClose={onClose}>
      <div class="actions">
        {sends('mic') && item('mic', host.mute, () => moderation.mute(peer, 'mic'), { off: true })}
        {holding('mic')}
        {sends('camera') &&
          item('camera', host.stopCamera, () => moderation.stop(peer, 'camera'), { off: true })}
        {holding('camera')}
        {sends('screen') &&
          item('screen', host.stopScreen, () => moderation.stop(peer, 'screen'), { off: true })}
        {holding('screen')}
        {peer.handRaisedAt !== null && item('hand', host.lowerHand, () => moderation.lowerHand(peer))}
        <label class="item">
          <Icon name="people" />
          {host.role}
          <select
            value={peer.userType}
            onChange={({ currentTarget: { value } }) =>
              attempt(() => moderation.setUserType(peer, value as RoomUserType))
            }
          >
            {ROOM_USER_TYPES.map((type) => (
              <option key={type} value={type}>
                {roles[type]}
              </option>
            ))}
          </select>
        </label>
        {item('exit', host.remove, () => moderation.remove(peer), { danger: true })}
        {item('ban', host.ban, () => moderation.ban(peer), { danger: true })}
      </div>
    </Dialog>
  );
}
