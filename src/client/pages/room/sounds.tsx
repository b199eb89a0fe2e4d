import { useState } from 'preact/hooks';
import type { RemotePeer } from '../../remote-peer.ts';
import { RemoteAudio } from './media.tsx';

/** What the others say, and a button where the browser wants a click before it plays. */
export function Sounds({ peers }: { peers: readonly RemotePeer[] }) {
  const [blocked, setBlocked] = useState(false);
  const sources = peers
    .flatMap(({ sources }) => [...sources.values()])
    .filter(({ kind, track }) => kind === 'audio' && track);
  const play = () => {
    const elements = [...document.querySelectorAll('audio')];
    Promise.all(elements.map((element) => element.play())).then(
      () => setBlocked(false),
      () => {}, // still blocked: the button stays
    );
  };
  return (
    <>
      {sources.map((source) => (
        <RemoteAudio key={source.id} source={source} onBlocked={() => setBlocked(true)} />
      ))}
      {blocked && (
        <button type="button" class="primary sound" onClick={play}>
          Turn the sound on
        </button>
      )}
    </>
  );
}
