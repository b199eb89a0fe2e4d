/** Finds misspelt variables, which would otherwise have no effect without anybody noticing. */

export interface VariableNames {
  /** The variables that this server reads. */
  known: ReadonlySet<string>;
  /** The variables in `.env`, which is this server's own file. */
  inFile: readonly string[];
  /** The variables of the process, most of which belong to other programs. */
  inProcess: readonly string[];
}

/** Prefixes that other programs are unlikely to use. */
const OWN_PREFIXES = /^(JWT|MEDIA|TELNYX|TURN|STUN|TOKEN|METRICS)_/i;
/** One mistake is tolerated for this many letters, and `MIN_MISTAKES` in any name. */
const LETTERS_PER_MISTAKE = 4;
const MIN_MISTAKES = 2;
/** A name that extends or shortens a known one matches it if they share at least this many letters. */
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
  const byDistance = [...known]
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
    .toSorted((a, b) => a.distance - b.distance);
  const tolerated = Math.max(MIN_MISTAKES, Math.floor(name.length / LETTERS_PER_MISTAKE));
  const found =
    byDistance.find(({ distance }) => distance <= tolerated) ??
    byDistance.find(({ candidate }) => isStartOf(candidate, name) || isStartOf(name, candidate)) ??
    byDistance.find(({ candidate }) => lacksWords(name, candidate));
  return found?.candidate;
}

/** Whether a name has only words of a known one, and the same first word: `TELNYX_CREDENTIAL_ID`. */
function lacksWords(name: string, known: string): boolean {
  const [first, ...rest] = name.split('_');
  const [knownFirst, ...knownRest] = known.split('_');
  return first === knownFirst && rest.length > 0 && rest.every((word) => knownRest.includes(word));
}

function isStartOf(start: string, name: string): boolean {
  return start.length >= MIN_COMMON_START && name.startsWith(start);
}

/** The Levenshtein distance: the fewest insertions, deletions and substitutions that turn one name into the other. */
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
