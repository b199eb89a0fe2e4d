/** What a diagnosis finds, and how it is told. */

export interface Finding {
  /** What was looked at, in a few words. */
  step: string;
  /** `advice` is no fault, and worth knowing; `skipped` could not be looked at, as something before it failed. */
  result: 'passed' | 'failed' | 'advice' | 'skipped';
  /** What it means, in a sentence. */
  says: string;
  /** What to do next. */
  next?: string;
}

/** A part of a diagnosis: tells what it finds as it goes, and returns what later parts need. */
export type Examination<T = void> = AsyncGenerator<Finding, T, undefined>;

export function passed(step: string, says: string): Finding {
  return { step, result: 'passed', says };
}

export function failed(step: string, says: string, next: string): Finding {
  return { step, result: 'failed', says, next };
}

export function advice(step: string, says: string, next: string): Finding {
  return { step, result: 'advice', says, next };
}

export function skipped(step: string, says: string): Finding {
  return { step, result: 'skipped', says };
}

const marks = { passed: '✓', failed: '✗', advice: '!', skipped: '–' } as const;

/** The finding as lines of text, with a line end. */
export function formatFinding({ step, result, says, next }: Finding): string {
  const first = `${marks[result]} ${step}: ${says}\n`;
  return next === undefined ? first : `${first}    → ${next}\n`;
}
