/** The languages of the pages. */
export const LANGUAGES: readonly string[] = ['en', 'de'];

/** The first of the wanted languages that the pages speak; English if there is none. */
export function chooseLanguage(wanted: readonly string[]): string {
  const languages = wanted.map((tag) => tag.toLowerCase().split('-')[0] ?? '');
  return languages.find((language) => LANGUAGES.includes(language)) ?? 'en';
}
