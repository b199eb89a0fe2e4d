import { useState } from 'preact/hooks';
import type { Room } from '../../room.ts';
import type { OwnKind } from './capture.ts';
import type { Holdable } from './holds.ts';
import { copyInvitation } from './invitation-link.ts';
import type { Notices } from './notices.tsx';
import type { OwnMedia } from './own-media.ts';
import { isSharing, stopScreen, toggleScreen } from './screen.ts';
import { captureSentence, sentenceFor } from './sentences.ts';
import type { Action } from './shortcuts.ts';
import { useTexts } from './texts/language.ts';

/** What stands beside the stage, or over it. */
export type Open = 'chat' | 'people' | 'devices' | 'shortcuts' | 'bans';

interface Options {
  room: Room;
  media: OwnMedia;
  notices: Notices;
  canInvite: boolean;
  /** Renders what is not told by the room. */
  update: () => void;
}

/** What buttons and keys do in a call, and what is on or open because of them. */
export function useActions({ room, media, notices, canInvite, update }: Options) {
  const texts = useTexts();
  const [open, setOpen] = useState<Open>();
  const [hand, setHand] = useState(false);
  const say = (text: string) => notices.show('own', { text, tone: 'problem' });
  const toggleOwn = async (kind: OwnKind) => {
    if (!room.may(`publish:${kind}`)) return;
    if (room.mutedSources.has(kind)) return say(texts.done.held[kind]);
    notices.drop('own');
    const source = media[kind];
    await source.setOn(!source.on);
    const failures = source.failure === undefined ? [] : [[kind, source.failure] as const];
    const sentence = captureSentence(new Map(failures), texts);
    if (sentence) say(sentence);
  };
  const toggleShare = async () => {
    if (room.mutedSources.has('screen')) return say(texts.done.held.screen);
    await toggleScreen(room);
    update();
  };
  const raise = async () => {
    await room.setHandRaised(!hand);
    setHand(!hand);
  };
  const toggle = (one: Open) => setOpen((open) => (open === one ? undefined : one));
  const actions: Record<Action, () => unknown> = {
    mic: () => toggleOwn('mic'),
    camera: () => toggleOwn('camera'),
    screen: () => room.may('publish:screen') && toggleShare(),
    hand: raise,
    chat: () => room.may('chat') && toggle('chat'),
    people: () => toggle('people'),
    devices: () => toggle('devices'),
    shortcuts: () => toggle('shortcuts'),
    bans: () => room.may('moderate') && toggle('bans'),
    invite: () => canInvite && copyInvitation(notices, texts.call),
  };
  /** Does what may be refused, and says so. */
  const attempt = (act: () => unknown) => {
    Promise.resolve()
      .then(act)
      .catch((failure: unknown) => say(sentenceFor(failure, texts)));
  };
  const on = new Set<Action>(open ? [open] : []);
  if (media.mic.on) on.add('mic');
  if (media.camera.on) on.add('camera');
  if (isSharing(room)) on.add('screen');
  if (hand) on.add('hand');
  return {
    on,
    open,
    hand,
    attempt,
    act: (action: Action) => attempt(actions[action]),
    /** Closes that one, if it is the one that is open. */
    close: (one: Open) => setOpen((open) => (open === one ? undefined : open)),
    onHandLowered: () => setHand(false),
    /** Gives back what a host has ended or holds, so that its light goes out. */
    onOff: (source: Holdable) => {
      if (source === 'screen') stopScreen(room);
      else attempt(() => media[source].setOn(false));
    },
  };
}
