import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { de } from './de.ts';
import { en } from './en.ts';
import type { Texts } from './texts.ts';

/** The texts of a language; English where there are none of it. Beside Telnyx's SDK a language more is nothing. */
export function textsOf(language: string): Texts {
  return language === 'de' ? de : en;
}

export const TextsContext = createContext<Texts>(en);

export function useTexts(): Texts {
  return useContext(TextsContext);
}
