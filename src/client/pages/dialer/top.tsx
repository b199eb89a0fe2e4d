import { PhoneIcon } from './icons.tsx';
import { useTexts } from './texts/language.ts';
import { useDialer } from './use-dialer.ts';

/** Whether the softphone is ready, whose it is, and its login. */
export function Top({ agent }: { agent: string }) {
  const { title, states, stateLabel, tools } = useTexts();
  const dialer = useDialer();
  const { state, refreshing } = dialer;
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
      <p class={`state ${state}`} role="status">
        <span class="unseen">{stateLabel}: </span>
        {states[state]}
      </p>
      <button
        type="button"
        class="quiet-button refresh"
        aria-disabled={refreshing || state !== 'ready'}
        onClick={() => void dialer.refreshToken()}
      >
        <PhoneIcon name="refresh" />
        <span>{refreshing ? tools.refreshing : tools.refresh}</span>
      </button>
    </header>
  );
}
