import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { useTexts } from './texts/language.ts';

interface Props {
  title: string;
  class?: string;
  onClose: () => void;
  children: ComponentChildren;
}

/** What stands beside the stage, or over it where there is no room. Escape closes it, and gives the focus back. */
export function Panel({ title, class: name = '', onClose, children }: Props) {
  const id = useId();
  const close = useRef(onClose);
  close.current = onClose;
  const panel = useRef<HTMLElement>(null);
  const before = useRef(document.activeElement);
  useLayoutEffect(() => {
    /** Whether the focus is in it, or nowhere, as when what had it is gone. */
    const hasFocus = () => {
      const { activeElement, body } = document;
      return activeElement === body || panel.current?.contains(activeElement) === true;
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && hasFocus()) close.current();
    };
    if (!panel.current?.contains(document.activeElement)) panel.current?.focus();
    addEventListener('keydown', onKeyDown);
    return () => {
      removeEventListener('keydown', onKeyDown);
      if (hasFocus() && before.current instanceof HTMLElement) before.current.focus();
    };
  }, []);
  return (
    <aside ref={panel} class={`panel ${name}`} aria-labelledby={id} tabIndex={-1}>
      <Head id={id} title={title} onClose={onClose} />
      {children}
    </aside>
  );
}

/** A window over the page, which takes the focus until it is closed, and gives it back at once. */
export function Dialog({ title, class: name = '', onClose, children }: Props) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close(); // gives the focus back, which its removal would not
  }, []);
  // The browser would tell of its own closing in a later task, when a key may have opened another dialog.
  const closeInstead = (event: Event) => {
    event.preventDefault();
    onClose();
  };
  return (
    <dialog
      ref={dialog}
      class={name}
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key === 'Escape') closeInstead(event);
      }}
      onCancel={closeInstead}
      onClose={() => {
        if (dialog.current?.open === false) onClose(); // the browser has closed it without asking
      }}
      onClick={({ target }) => {
        if (target === dialog.current) onClose(); // its backdrop
      }}
    >
      <div class="dialog-body">
        <Head id={id} title={title} onClose={onClose} />
        {children}
      </div>
    </dialog>
  );
}

function Head({ id, title, onClose }: { id: string; title: string; onClose: () => void }) {
  const { tools } = useTexts();
  return (
    <header class="head">
      <h2 id={id}>{title}</h2>
      <button type="button" class="icon-button" aria-label={tools.close} onClick={onClose}>
        <Icon name="close" />
      </button>
    </header>
  );
}
