import { useContext, useLayoutEffect, useRef } from 'preact/hooks';
import type { RemoteSource } from '../../remote-peer.ts';
import { SettingsContext } from './settings.ts';
import { setSpeaker } from './sound.ts';

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
  const { speaker } = useContext(SettingsContext).settings;
  useLayoutEffect(() => {
    ref.current?.play().catch((error: unknown) => {
      if (error instanceof Error && error.name === 'NotAllowedError') onBlocked();
    });
  }, [source.track]);
  useLayoutEffect(() => {
    if (ref.current && speaker) setSpeaker(ref.current, speaker);
  }, [speaker]);
  // biome-ignore lint/a11y/useMediaCaption: a call has no captions
  return <audio ref={ref} data-peer-id={source.peerId} data-source={source.source} autoplay />;
}

/** What the others see of us. */
export function OwnVideo({ track, source }: { track: MediaStreamTrack; source: 'camera' | 'screen' }) {
  const ref = useTrack<HTMLVideoElement>(track);
  return <video ref={ref} data-self data-source={source} autoplay playsInline muted />;
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
