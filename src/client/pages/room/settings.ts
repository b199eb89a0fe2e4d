import { createContext } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { type Remembered, recall, remember } from './remembered.ts';

export interface Settings {
  readonly settings: Remembered;
  /** Takes it over at once, and for the next time. */
  change(change: Partial<Remembered>): void;
}

export const SettingsContext = createContext<Settings>({ settings: recall(), change: remember });

export function useSettings(): Settings {
  const [settings, setSettings] = useState(recall);
  return useMemo(
    () => ({
      settings,
      change: (change) => {
        remember(change);
        setSettings((before) => ({ ...before, ...change }));
      },
    }),
    [settings],
  );
}
