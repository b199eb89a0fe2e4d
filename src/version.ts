import { readFileSync } from 'node:fs';

/** The version in `package.json`, which stands above this file and above the bundle alike. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version;
