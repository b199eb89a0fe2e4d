import { useLayoutEffect, useRef } from 'preact/hooks';
import { useTexts } from './texts/language.ts';

interface Props {
  title: string;
  /** Why, in one sentence. */
  sentence: string;
  onAgain: (() => void) | undefined;
}

/** After the call, or in place of one: why, and the way back where there is one. */
export function After({ title, sentence, onAgain }: Props) {
  const { page } = useTexts();
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  return (
    <main class="after">
      <div class="card">
        <h1 ref={heading} tabIndex={-1}>
          {title}
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
