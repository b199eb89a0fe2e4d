import { useEffect } from 'preact/hooks';
import { useDialer } from './use-dialer.ts';

/** In a call, the keys of the keyboard are those of the keypad; not while somebody writes. */
export function useToneKeys(): void {
  const dialer = useDialer();
  useEffect(() => {
    const onKeyDown = ({ key, ctrlKey, metaKey, altKey, repeat }: KeyboardEvent) => {
      if (ctrlKey || metaKey || altKey || repeat || !/^[\d*#]$/.test(key)) return;
      if (document.activeElement?.closest('input, select, textarea')) return;
      const call = dialer.calls.all.find(({ state, held }) => state === 'active' && !held);
      if (call) dialer.calls.sendTone(call, key);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [dialer]);
}
