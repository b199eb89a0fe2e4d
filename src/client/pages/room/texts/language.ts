import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { en } from './en.ts';
import type { Texts } from './texts.ts';

/** The languages that are files of their own, `room-<language>.js`: they cost nothing to those who do not read them. */
const OTHERS = ['de'];

/** The first of the wanted languages that the page speaks; English if there is none. */
export function chooseLanguage(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0] ?? '';
    if (language === 'en' || OTHERS.includes(language)) return language;
  }
  return 'en';
}

/** English where the file of another language cannot be had. */
export async function loadTexts(language: string): Promise<Texts> {
  if (!OTHERS.includes(language)) return en;
  const file: string = new URL(`room-${language}.js`, import.meta.url).href;
  const loaded: { texts: Texts } = await import(file).catch(() => ({ texts: en }));
  return loaded.texts;
}

export const TextsContext = createContext<Texts>(en);

export function useTexts(): Texts {
  return useContext(TextsContext);
}
