/** What this browser remembers of an agent between visits. */
export interface Settings {
  /** The number that was called from last. */
  from: string;
  /** Ids of devices; empty for the standard one. */
  mic: string;
  speaker: string;
  /** Whether calls are told by the system's notifications. */
  notify: boolean;
}

const KEY = 'aq-dialer';
const AT_FIRST: Settings = { from: '', mic: '', speaker: '', notify: false };

/** What is remembered, and what a browser has at first for the rest. Wrong values count as none. */
export function parseSettings(text: string | null): Settings {
  let given: Partial<Record<keyof Settings, unknown>> = {};
  try {
    given = JSON.parse(text ?? '{}') ?? {};
  } catch {} // no JSON: as at first
  const textOr = (value: unknown, standard: string) => (typeof value === 'string' ? value : standard);
  return {
    from: textOr(given.from, AT_FIRST.from),
    mic: textOr(given.mic, AT_FIRST.mic),
    speaker: textOr(given.speaker, AT_FIRST.speaker),
    notify: given.notify === true,
  };
}

/** Browsers may refuse their store: then nothing is remembered. */
export function recall(): Settings {
  try {
    return parseSettings(localStorage.getItem(KEY));
  } catch {
    return AT_FIRST;
  }
}

export function remember(settings: Settings): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {} // as above
}
