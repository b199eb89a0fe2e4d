import type { LogLine } from './connection-log.ts';
import { Fold } from './fold.tsx';
import { useTexts } from './texts/language.ts';
import type { Texts } from './texts/texts.ts';
import { useDialer } from './use-dialer.ts';
import { timeOf } from './when.ts';

/** How the connection was: states with times and reasons. */
export function LogList() {
  const texts = useTexts();
  const { log } = useDialer().notices;
  return (
    <Fold title={texts.log.title} class="log">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <ol class="lines" tabIndex={0} aria-label={texts.log.title}>
        {log.map((line, index) => (
          <li key={log.length - index}>
            <time>{timeOf(line.at)}</time>
            <p dir="auto">{sentenceFor(line, texts)}</p>
          </li>
        ))}
      </ol>
    </Fold>
  );
}

function sentenceFor({ state, fact, text }: LogLine, { states, log }: Texts): string {
  return [state && states[state], fact && log[fact], text].filter(Boolean).join(': ');
}
