import { useLayoutEffect, useReducer } from 'preact/hooks';
import type { Room } from '../../room.ts';
import type { RoomEvents } from '../../room-events.ts';

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
] as const satisfies (keyof RoomEvents)[];

/** Renders anew whenever something in the room changes. Returns a function that asks for it. */
export function useRoom(room: Room): () => void {
  const [, render] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => {
    const update = () => render(undefined);
    const offs = SHOWN.map((event) => room.on(event, update));
    update(); // for what happened since the first render
    return () => {
      for (const off of offs) off();
    };
  }, [room]);
  return () => render(undefined);
}

/** Listens for one event of a room for as long as the component is there. */
export function useRoomEvent<E extends keyof RoomEvents>(
  room: Room,
  event: E,
  listener: (...args: RoomEvents[E]) => void,
): void {
  useLayoutEffect(() => room.on(event, listener), [room, event]);
}
