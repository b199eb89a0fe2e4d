import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface Props {
  title: string;
  class: string;
  children: ComponentChildren;
}

/** From this width on there is room for all. */
const WIDE = '(width >= 64rem)';

/** A part of the page that can be folded up, as it is at first where the page is narrow. */
export function Fold({ title, class: name, children }: Props) {
  const [open] = useState(() => matchMedia(WIDE).matches);
  return (
    <details class={`card fold ${name}`} open={open}>
      <summary>
        <h2>{title}</h2>
      </summary>
      <div class="folded">{children}</div>
    </details>
  );
}
