/** What a key or a button does in a call. */
export type Action =
  | 'mic'
  | 'camera'
  | 'screen'
  | 'hand'
  | 'chat'
  | 'people'
  | 'devices'
  | 'invite'
  | 'bans'
  | 'shortcuts';

export const KEYS: Readonly<Record<string, Action>> = {
  m: 'mic',
  v: 'camera',
  s: 'screen',
  h: 'hand',
  c: 'chat',
  p: 'people',
  d: 'devices',
  i: 'invite',
  '?': 'shortcuts',
};

type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'repeat'>;

/**
 * What a key press is meant to do; undefined while somebody writes, or a dialog or a menu is open.
 * @param target where the focus is
 */
export function actionOf(press: KeyPress, target: Element | null): Action | undefined {
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat) return;
  if (target?.closest('input, textarea, select, dialog, [role=menu], [contenteditable]')) return;
  const key = press.key.toLowerCase();
  return Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
}
