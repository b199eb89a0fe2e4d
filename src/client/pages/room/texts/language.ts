import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { LANGUAGES } from './choose-language.ts';
import { en } from './en.ts';
import type { Texts } from './texts.ts';

/**
 * The others are files of their own, `room-<language>.js`: they cost nothing to those who do not read them. English where
 * the file cannot be had.
 */
export async function loadTexts(language: string): Promise<Texts> {
  if (language === 'en' || !LANGUAGES.includes(language)) return en;
  const file: string = new URL(`room-${language}.js`, import.meta.url).href;
  const loaded: { texts: Texts } = await import(file).catch(() => ({ texts: en }));
  return loaded.texts;
}

export const TextsContext = createContext<Texts>(en);

export function useTexts(): Texts {
  return useContext(TextsContext);
}
