/** How keys move the focus in a menu, as the WAI-ARIA Authoring Practices have it. */

/**
 * Moves the focus among the items of a menu: arrows, Home, End, and the first character of a label.
 * @returns whether the key has moved it
 */
export function focusByKey(menu: HTMLElement, key: string): boolean {
  const items = [...menu.querySelectorAll<HTMLElement>('[role=menuitem]')];
  const labels = items.map(({ textContent }) => textContent.trim());
  const now = items.findIndex((item) => item.matches(':focus'));
  const next = nextItem(labels, now, key);
  if (next === undefined) return false;
  items[next]?.focus();
  return true;
}

/**
 * The item that a key leads to; undefined where it leads nowhere.
 * @param now the item that has the focus; -1 for none
 */
export function nextItem(labels: readonly string[], now: number, key: string): number | undefined {
  const { length } = labels;
  if (length === 0) return undefined;
  if (key === 'ArrowDown') return (now + 1) % length;
  if (key === 'ArrowUp') return now <= 0 ? length - 1 : now - 1;
  if (key === 'Home') return 0;
  if (key === 'End') return length - 1;
  if ([...key].length !== 1 || key === ' ') return undefined;
  // Those after the current one come first, so that the same key goes through all that begin with it.
  const order = labels.map((_, index) => (now + 1 + index) % length);
  return order.find((index) => startsWith(labels[index] ?? '', key));
}

function startsWith(label: string, key: string): boolean {
  return label.toLocaleLowerCase().startsWith(key.toLocaleLowerCase());
}
