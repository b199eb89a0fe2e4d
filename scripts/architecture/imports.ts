/** Reads which file of `src` imports what. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

export interface Import {
  readonly from: string;
  /** The imported file under `src`, or the name of a package. */
  readonly to: string;
  /** Whether it is a file under `src`. */
  readonly own: boolean;
}

/** The floor of each folder of `src`; those on one floor never import each other. `client` runs in browsers and has none. */
export const FLOORS: Readonly<Record<string, number>> = {
  protocol: 0,
  lib: 0,
  store: 0,
  sdp: 0,
  auth: 1,
  media: 1,
  cluster: 1,
  rooms: 2,
  telephony: 3,
  webhooks: 3,
  recording: 3,
  signaling: 4,
  http: 4,
  config: 4,
  '.': 5,
};

/** All imports of a folder of sources, static and dynamic, of types too. */
export function readImports(src: string): Import[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .toSorted()
    .flatMap((file) => importsOf(file, readFileSync(join(src, file), 'utf8')));
}

/** The folder of a file directly under `src`; `.` for files that are in none. */
export function folderOf(file: string): string {
  return dirname(file).split('/')[0] ?? '.';
}

function importsOf(file: string, text: string): Import[] {
  const specifiers = text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g);
  return [...specifiers].map(([, specifier = '']) => {
    const own = specifier.startsWith('.');
    return {
      from: file,
      own,
      to: own ? relative('.', normalize(join(dirname(file), specifier))) : specifier,
    };
  });
}
