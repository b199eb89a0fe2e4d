/** `npm run architecture`: draws `docs/architecture.svg` from the imports of `src`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { draw } from './architecture/drawing.ts';
import { readImports } from './architecture/imports.ts';

const inProject = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

writeFileSync(inProject('docs/architecture.svg'), draw(readImports(inProject('src'))));
