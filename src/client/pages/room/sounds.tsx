import { useState } from 'preact/hooks';
import type { RemotePeer } from '../../remote-peer.ts';
import { Icon } from './icons.tsx';
import { RemoteAudio } from './media.tsx';
import { useTexts } from './texts/language.ts';

/** What the others say, and a bar with a button where the browser wants a click before it plays. */
export function Sounds({ peers }: { peers: readonly RemotePeer[] }) {
  const { call } = useTexts();
  const [blocked, setBlocked] = useState(false);
  const sources = peers
    .flatMap(({ sources }) => [...sources.values()])
    .filter(({ kind, track }) => kind === 'audio' && track);
  const play = () => {
    const elements = [...document.querySelectorAll<HTMLAudioElement>('audio[data-peer-id]')];
    Promise.all(elements.map((element) => element.play())).then(
      () => setBlocked(false),
      () => {}, // still blocked: the bar stays
    );
  };
  return (
    <>
      {sources.map((source) => (
        <RemoteAudio key={source.id} source={source} onBlocked={() => setBlocked(true)} />
      ))}
      {blocked && (
        <div class="sound-bar" role="alert">
          <p>{call.soundBlocked}</p>
          <button type="button" class="primary" onClick={play}>
            <Icon name="speaker" />
            {call.hear}
          </button>
        </div>
      )}
    </>
  );
}
