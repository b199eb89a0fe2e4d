import { PhoneIcon } from './icons.tsx';
import { useTexts } from './texts/language.ts';
import { useDialer } from './use-dialer.ts';

/** What a call needs besides the login. */
const NEEDED = ['network', 'microphone'] as const;

/** Whether the softphone is ready, whose it is, and its login. */
export function Top({ agent }: { agent: string }) {
  const { title, states, without, stateLabel, tools } = useTexts();
  const { softphone, notices } = useDialer();
  const { state, refreshing } = softphone;
  // Logged in, and yet nobody can be called.
  const lacking = state === 'ready' && NEEDED.find((subject) => notices.problems.has(subject));
  return (
    <header class="top">
      <div class="whose">
        <h1>{title}</h1>
        {agent && (
          <p class="quiet" dir="auto">
            {agent}
          </p>
        )}
      </div>
      <p class={`state ${lacking ? 'limited' : state}`} role="status">
        <span class="unseen">{stateLabel}: </span>
        {lacking ? without[lacking] : states[state]}
      </p>
      <button
        type="button"
        class="quiet-button refresh"
        aria-disabled={refreshing || state !== 'ready'}
        onClick={() => void softphone.refresh()}
      >
        <PhoneIcon name="refresh" />
        <span>{refreshing ? tools.refreshing : tools.refresh}</span>
      </button>
    </header>
  );
}
