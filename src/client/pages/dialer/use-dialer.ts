import { createContext } from 'preact';
import { useContext, useEffect, useLayoutEffect, useReducer } from 'preact/hooks';
import type { Dialer } from './store.ts';

const DialerContext = createContext<Dialer | undefined>(undefined);

export const DialerProvider = DialerContext.Provider;

/** The page's state; the component is rendered anew with each change of it. */
export function useDialer(): Dialer {
  const dialer = useContext(DialerContext);
  if (!dialer) throw new Error('outside of the page');
  const [, render] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => dialer.on('changed', () => render(undefined)), [dialer]);
  return dialer;
}

/** Renders anew each time when a second has passed. */
export function useSeconds(): void {
  const [, render] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => render(undefined), 1000);
    return () => clearInterval(timer);
  }, []);
}
