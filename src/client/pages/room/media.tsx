import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Publication } from '../../publication.ts';
import type { RemoteSource } from '../../remote-peer.ts';

/** The picture of another peer. */
export function RemoteVideo({ source }: { source: RemoteSource }) {
  const ref = useTrack<HTMLVideoElement>(source.track);
  return (
    <video ref={ref} data-peer-id={source.peerId} data-source={source.source} autoplay playsInline muted />
  );
}

/** The sound of another peer. */
export function RemoteAudio({ source, onBlocked }: { source: RemoteSource; onBlocked: () => void }) {
  const ref = useTrack<HTMLAudioElement>(source.track);
  useLayoutEffect(() => {
    ref.current?.play().catch((error: unknown) => {
      if (error instanceof Error && error.name === 'NotAllowedError') onBlocked();
    });
  }, [source.track]);
  // biome-ignore lint/a11y/useMediaCaption: a call has no captions
  return <audio ref={ref} data-peer-id={source.peerId} data-source={source.source} autoplay />;
}

/** What the others see of us. */
export function OwnVideo({ publication }: { publication: Publication }) {
  const ref = useTrack<HTMLVideoElement>(publication.track);
  return <video ref={ref} data-self data-source={publication.source} autoplay playsInline muted />;
}

/** An element that plays a track for as long as there is one. */
function useTrack<E extends HTMLMediaElement>(track: MediaStreamTrack | undefined) {
  const ref = useRef<E>(null);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    element.srcObject = track ? new MediaStream([track]) : null;
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  return ref;
}
