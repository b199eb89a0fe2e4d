import { useContext, useLayoutEffect, useRef } from 'preact/hooks';
import type { Room } from '../../room.ts';
import type { Notices } from './notices.tsx';
import { sentenceFor } from './sentences.ts';
import { SettingsContext } from './settings.ts';
import { playJoined } from './sound.ts';
import { useTexts } from './texts/language.ts';
import { useRoomEvent } from './use-room.ts';

/** Says who comes and goes, and what happens to the connection. */
export function useCallNews(room: Room, notices: Notices): void {
  const texts = useTexts();
  const { call, trouble } = texts;
  const { settings } = useContext(SettingsContext);
  const now = useRef(settings);
  now.current = settings;
  const hands = useRef(new Set<string>());
  useLayoutEffect(() => {
    // Those that were up when we came are no news.
    for (const { id, handRaisedAt } of room.peers.values()) if (handRaisedAt !== null) hands.current.add(id);
  }, [room]);

  useRoomEvent(room, 'peerJoined', ({ name }) => {
    if (room.state !== 'joined') return; // found there, or found again
    notices.show('coming', { text: call.joined(name) });
    if (now.current.joinSound) playJoined(now.current.speaker);
  });
  useRoomEvent(room, 'peerLeft', ({ id, name }) => {
    hands.current.delete(id);
    if (room.state === 'joined') notices.show('coming', { text: call.left(name) });
  });
  useRoomEvent(room, 'peerUpdated', ({ id, name, handRaisedAt }) => {
    if (handRaisedAt === null) hands.current.delete(id);
    else if (!hands.current.has(id)) {
      hands.current.add(id);
      notices.show('hand', { text: call.raised(name) });
    }
  });
  useRoomEvent(room, 'reconnecting', ({ reason }) => {
    notices.drop('media');
    notices.show('connection', {
      text: reason === 'server_closing' ? trouble.serverAway : trouble.reconnecting,
      tone: 'problem',
    });
  });
  useRoomEvent(room, 'reconnected', () => notices.show('connection', { text: trouble.back }));
  useRoomEvent(room, 'mediaStateChanged', (_direction, state) => {
    if (state === 'failed' && room.state !== 'reconnecting') {
      notices.show('media', { text: trouble.mediaFailed, tone: 'problem' });
    } else if (state === 'connected') notices.drop('media');
  });
  useRoomEvent(room, 'publicationClosed', (_publication, error) => {
    if (error) notices.show('own', { text: sentenceFor(error, texts), tone: 'problem' });
  });
}
