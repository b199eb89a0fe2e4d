import { useEffect, useLayoutEffect, useReducer, useState } from 'preact/hooks';
import type { Room } from '../../room.ts';
import type { RoomEvents } from '../../room-events.ts';
import type { OwnMedia } from './own-media.ts';
import { type Count, judge, type Quality, readReport } from './quality.ts';

/** What changes what a page shows of a room. */
const SHOWN = [
  'stateChanged',
  'peerJoined',
  'peerLeft',
  'peerUpdated',
  'trackAdded',
  'trackRemoved',
  'trackPaused',
  'trackResumed',
  'publicationClosed',
  'grantsChanged',
  'roomUpdated',
  'sourceMuted',
  'sourceAllowed',
  'sourceStopped',
  'handsLowered',
  'waitingJoined',
  'waitingLeft',
] as const satisfies (keyof RoomEvents)[];

function useRender(): () => void {
  const [, render] = useReducer((count: number) => count + 1, 0);
  return () => render(undefined);
}

/** Renders anew whenever something in the room changes. Returns a function that asks for it. */
export function useRoom(room: Room): () => void {
  const render = useRender();
  useLayoutEffect(() => {
    const offs = SHOWN.map((event) => room.on(event, render));
    render(); // for what happened since the first render
    return () => {
      for (const off of offs) off();
    };
  }, [room]);
  return render;
}

/** Listens for one event of a room for as long as the component is there. */
export function useRoomEvent<E extends keyof RoomEvents>(
  room: Room,
  event: E,
  listener: (...args: RoomEvents[E]) => void,
): void {
  useLayoutEffect(() => room.on(event, listener), [room, event]);
}

/** Renders anew whenever our own microphone or camera changes. */
export function useOwnMedia(media: OwnMedia): void {
  const render = useRender();
  useLayoutEffect(() => media.on('changed', render), [media]);
}

/** Between two looks at what the browser counts, in milliseconds. */
const LOOK_MS = 3000;

/** How well the media of each other peer arrives here, by its id: the worst of what it sends. */
export function useQualities(room: Room): ReadonlyMap<string, Quality> {
  const [qualities, setQualities] = useState<ReadonlyMap<string, Quality>>(new Map());
  useEffect(() => {
    let before: ReadonlyMap<string, Count> = new Map();
    const look = async () => {
      const { streams, roundTrip } = readReport(await room.getStats('recv'));
      const found = new Map<string, Quality>();
      for (const source of [...room.peers.values()].flatMap(({ sources }) => [...sources.values()])) {
        const now = streams.get(source.track?.id ?? '');
        const quality = now && judge(before.get(source.track?.id ?? ''), now, roundTrip);
        const worst = found.get(source.peerId);
        if (quality && (!worst || quality.loss > worst.loss)) found.set(source.peerId, quality);
      }
      before = streams;
      setQualities(found);
    };
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => clearInterval(timer);
  }, [room]);
  return qualities;
}
