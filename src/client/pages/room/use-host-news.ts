import type { Room } from '../../room.ts';
import type { Notices } from './notices.tsx';
import { useTexts } from './texts/language.ts';
import { useRoomEvent } from './use-room.ts';

interface Listeners {
  /** Our hand was lowered. */
  onHandLowered: () => void;
  onAdmit: (user: { id: string }) => void;
}

/** Says what a host did to us and to the room, and to hosts who waits to come in. */
export function useHostNews(room: Room, notices: Notices, { onHandLowered, onAdmit }: Listeners): void {
  const { done, lobby, roles } = useTexts();
  const tell = (text: string) => notices.show('host', { text, tone: 'problem' });
  useRoomEvent(room, 'sourceMuted', ({ self, source, mode }) => {
    if (self && source === 'mic') tell(mode === 'hard' ? done.micHeld : done.micMuted);
    else if (self) tell(source === 'camera' ? done.cameraOff : done.screenOff);
  });
  useRoomEvent(room, 'sourceAllowed', ({ self, source }) => {
    if (self && source === 'mic') tell(done.micAllowed);
  });
  useRoomEvent(room, 'sourceStopped', ({ self, source }) => {
    if (!self) return;
    tell(source === 'mic' ? done.micMuted : source === 'camera' ? done.cameraOff : done.screenOff);
  });
  useRoomEvent(room, 'handsLowered', ({ self, by }) => {
    if (!self) return;
    onHandLowered();
    if (by) tell(done.handLowered);
  });
  useRoomEvent(room, 'grantsChanged', ({ userType }) => tell(done.role(roles[userType] ?? userType)));
  useRoomEvent(room, 'roomUpdated', ({ locked, lobby }) => {
    if (locked !== undefined) notices.show('locked', { text: locked ? done.locked : done.unlocked });
    if (lobby !== undefined) notices.show('lobby', { text: lobby ? done.lobbyOn : done.lobbyOff });
  });
  useRoomEvent(room, 'waitingJoined', (user) => {
    const action = { label: lobby.admit, run: () => onAdmit(user) };
    notices.show(`waiting-${user.id}`, { text: lobby.asks(user.name), tone: 'problem', action });
  });
  useRoomEvent(room, 'waitingLeft', ({ id }) => notices.drop(`waiting-${id}`));
}
