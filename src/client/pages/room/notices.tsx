import { useMemo, useReducer } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { useTexts } from './texts/language.ts';

export interface Notice {
  text: string;
  /** What is wrong stays until it is over, or is dismissed. */
  tone?: 'problem' | 'news';
  action?: { label: string; run: () => void };
}

export interface Notices {
  readonly shown: ReadonlyMap<string, Notice>;
  /** Shows it in place of what had the same key. */
  show(key: string, notice: Notice): void;
  drop(key: string): void;
}

/** For how long news is shown, in milliseconds. */
const SHOWN_MS = 6000;

/** Short sentences that come and go. */
export function useNotices(): Notices {
  const [, render] = useReducer((count: number) => count + 1, 0);
  return useMemo(() => {
    const shown = new Map<string, Notice>();
    const drop = (key: string) => {
      if (shown.delete(key)) render(undefined);
    };
    const show = (key: string, notice: Notice) => {
      shown.delete(key);
      shown.set(key, notice);
      render(undefined);
      if (notice.tone === 'problem') return;
      setTimeout(() => {
        if (shown.get(key) === notice) drop(key);
      }, SHOWN_MS);
    };
    return { shown, show, drop };
  }, []);
}

/** The sentences, for eyes and for screen readers. */
export function NoticeList({ notices }: { notices: Notices }) {
  const { tools } = useTexts();
  return (
    <div class="notices" role="status">
      {[...notices.shown].map(([key, { text, tone = 'news', action }]) => (
        <div key={key} class={`notice ${tone}`}>
          <p dir="auto">{text}</p>
          {action && (
            <button
              type="button"
              class="text-button"
              onClick={() => {
                action.run();
                notices.drop(key);
              }}
            >
              {action.label}
            </button>
          )}
          <button
            type="button"
            class="icon-button"
            aria-label={tools.dismiss}
            onClick={() => notices.drop(key)}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
