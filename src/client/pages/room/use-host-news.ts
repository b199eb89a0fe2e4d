import { useEffect } from 'preact/hooks';
import type { WaitingUser } from '../../moderation.ts';
import type { Room } from '../../room.ts';
import { type Holdable, isHoldable } from './holds.ts';
import type { Notices } from './notices.tsx';
import { useTexts } from './texts/language.ts';
import { useRoomEvent } from './use-room.ts';

interface Listeners {
  /** Our hand was lowered. */
  onHandLowered: () => void;
  /** A source of ours was ended, or is held. */
  onOff: (source: Holdable) => void;
  onAdmit: (user: { id: string }) => void;
}

/** Says what a host did to us and to the room, and to hosts who waits to come in. */
export function useHostNews(
  room: Room,
  notices: Notices,
  { onHandLowered, onOff, onAdmit }: Listeners,
): void {
  const { done, lobby, roles } = useTexts();
  const off = { mic: done.micMuted, camera: done.cameraOff, screen: done.screenOff };
  const tell = (text: string) => notices.show('host', { text, tone: 'problem' });
  useRoomEvent(room, 'sourceMuted', ({ self, source, mode }) => {
    if (!self || !isHoldable(source)) return;
    tell(mode === 'hard' ? done.held[source] : off[source]);
    if (mode === 'hard') onOff(source);
  });
  useRoomEvent(room, 'sourceAllowed', ({ self, source }) => {
    if (self && isHoldable(source)) tell(done.allowed[source]);
  });
  useRoomEvent(room, 'sourceStopped', ({ self, source }) => {
    if (!self || !isHoldable(source)) return;
    tell(off[source]);
    onOff(source);
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
  const tellWaiting = (user: WaitingUser) => {
    const action = { label: lobby.admit, run: () => onAdmit(user) };
    notices.show(`waiting-${user.id}`, { text: lobby.asks(user.name), tone: 'problem', action });
  };
  useEffect(() => {
    for (const user of room.waiting) tellWaiting(user); // who waited before we came
  }, [room]);
  useRoomEvent(room, 'waitingJoined', tellWaiting);
  useRoomEvent(room, 'waitingLeft', ({ id }) => notices.drop(`waiting-${id}`));
}
