/** Variables that look like ones of this server and are none: somebody has misspelt them, and they do nothing. */

export interface VariableNames {
  /** Those that this server reads. */
  known: ReadonlySet<string>;
  /** Those in `.env`, which is this server's own file. */
  inFile: readonly string[];
  /** Those of the process, most of which are other programs'. */
  inProcess: readonly string[];
}

/** No other program's variables begin like these. */
const OWN_PREFIXES = /^(JWT|MEDIA|TELNYX|TURN|STUN|TOKEN|METRICS)_/i;
/** Of a name, one letter in so many may be wrong, and two in any. */
const LETTERS_PER_MISTAKE = 4;
const MIN_MISTAKES = 2;
/** A name that goes on, or ends early, is meant where so many letters are the same. */
const MIN_COMMON_START = 8;

/** A sentence for each misspelt variable, with the nearest right one. */
export function findMisspelt({ known, inFile, inProcess }: VariableNames): string[] {
  const suspects = new Set([...inFile, ...inProcess.filter((name) => OWN_PREFIXES.test(name))]);
  return [...suspects]
    .filter((name) => !known.has(name))
    .flatMap((name) => {
      const meant = nearest(name.toUpperCase(), known);
      return meant === undefined ? [] : [`${name} is no variable of this server: is ${meant} meant?`];
    });
}

function nearest(name: string, known: ReadonlySet<string>): string | undefined {
  const [best] = [...known]
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
    .toSorted((a, b) => a.distance - b.distance);
  if (!best) return undefined;
  const { candidate, distance } = best;
  if (distance <= Math.max(MIN_MISTAKES, Math.floor(name.length / LETTERS_PER_MISTAKE))) return candidate;
  return [...known].find((each) => isStartOf(each, name) || isStartOf(name, each));
}

function isStartOf(start: string, name: string): boolean {
  return start.length >= MIN_COMMON_START && name.startsWith(start);
}

/** Levenshtein's distance: how many letters must be put in, taken out or changed to make one name of the other. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, n) => n);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [n, otherLetter] of [...other].entries()) {
      const changed = (row[n] ?? 0) + (letter === otherLetter ? 0 : 1);
      next.push(Math.min(changed, (row[n + 1] ?? 0) + 1, (next[n] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
