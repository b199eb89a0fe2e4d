import { useEffect, useState } from 'preact/hooks';
import { useTexts } from './texts/language.ts';

/** Whether we are on the way into a call; `waiting` is in its lobby. */
export type Phase = 'idle' | 'joining' | 'waiting';

interface Props {
  phase: Phase;
  /** Ends the way into a call. */
  onGiveUp: () => void;
}

/** The button, and what stands in its place on the way into the call. */
export function Entry({ phase, onGiveUp }: Props) {
  const { page, lobby } = useTexts();
  const slow = useSlow(phase === 'joining');
  if (phase === 'waiting') {
    return (
      <div class="waiting" role="status">
        <p>{lobby.waiting}</p>
        <button type="button" class="quiet-button" onClick={onGiveUp}>
          {lobby.giveUp}
        </button>
      </div>
    );
  }
  return (
    <div class="entry">
      <button type="submit" class="primary join" disabled={phase === 'joining'}>
        {phase === 'joining' ? page.joining : page.join}
      </button>
      {slow && (
        <button type="button" class="quiet-button" onClick={onGiveUp}>
          {page.cancel}
        </button>
      )}
    </div>
  );
}

/** After so long somebody may want to give up, in milliseconds. */
const SLOW_MS = 1500;

/** Whether something goes on for longer than it should. */
function useSlow(going: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!going) return;
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => {
      clearTimeout(timer);
      setSlow(false);
    };
  }, [going]);
  return slow;
}
