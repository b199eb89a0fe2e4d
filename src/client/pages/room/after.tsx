import { useLayoutEffect, useRef } from 'preact/hooks';
import { useTexts } from './texts/language.ts';

interface Props {
  /** Why the call is over, in one sentence. */
  sentence: string;
  onAgain: (() => void) | undefined;
}

/** After the call: why it is over, and the way back. */
export function After({ sentence, onAgain }: Props) {
  const { page } = useTexts();
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <main class="after">
      <div class="card">
        <h1 ref={heading} tabIndex={-1}>
          {page.callOver}
        </h1>
        <p role="alert">{sentence}</p>
        {onAgain && (
          <button type="button" class="primary" onClick={onAgain}>
            {page.joinAgain}
          </button>
        )}
      </div>
    </main>
  );
}
