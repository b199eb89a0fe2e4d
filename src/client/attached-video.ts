import type { RemoteSource } from './remote-peer.ts';

/** Has an element play what a source looks like, whenever there is something to see. Returns a function that ends it. */
export function playIn(
  element: HTMLMediaElement,
  source: RemoteSource,
  onTrackChanged: (listener: (source: RemoteSource) => void) => () => void,
): () => void {
  const play = (track: MediaStreamTrack | undefined) => {
    element.srcObject = track ? new MediaStream([track]) : null;
  };
  play(source.track);
  const off = onTrackChanged((changed) => {
    if (changed.id === source.id) play(changed.track);
  });
  return () => {
    off();
    play(undefined);
  };
}
