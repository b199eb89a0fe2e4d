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
    if (!panel.current?.contains(document.activeElement)) panel.current?.focus();
    return () => {
      const { activeElement } = document;
      if (activeElement !== document.body && !panel.current?.contains(activeElement)) return;
      if (before.current instanceof HTMLElement) before.current.focus();
    };
  }, []);
  return (
    <aside
      ref={panel}
      class={`panel ${name}`}
      aria-labelledby={id}
      tabIndex={-1}
      onKeyDown={({ key }) => {
        if (key === 'Escape') close.current();
      }}
    >
      <Head id={id} title={title} onClose={onClose} />
      {children}
    </aside>
  );
}

/** A window over the page, which takes the focus until it is closed. */
export function Dialog({ title, class: name = '', onClose, children }: Props) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it
    <dialog
      ref={dialog}
      class={name}
      aria-labelledby={id}
      onClose={onClose}
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
