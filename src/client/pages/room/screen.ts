import type { Room } from '../../room.ts';
import { captureScreen } from './capture.ts';

/** Shares a screen with its sound, or stops that. */
export async function toggleScreen(room: Room): Promise<void> {
  if (isSharing(room)) return stopScreen(room);
  const captured = await captureScreen();
  const tracks = captured.map(({ track }) => track);
  for (const { source, track } of captured) {
    room.publish(track, { source });
    // The browser's own button for it ends the picture alone.
    track.addEventListener('ended', () => {
      for (const one of [...room.publications])
        if (tracks.includes(one.track)) one.close({ stopTrack: true });
    });
  }
}

/** Ends the picture and its sound. */
export function stopScreen(room: Room): void {
  for (const one of [...room.publications]) if (isOfScreen(one)) one.close({ stopTrack: true });
}

export function isSharing(room: Room): boolean {
  return [...room.publications].some(({ source }) => source === 'screen');
}

function isOfScreen({ source }: { source: string }): boolean {
  return source === 'screen' || source === 'screen-audio';
}
