/** What this browser remembers of a person between calls. */
export interface Remembered {
  name: string;
  micOn: boolean;
  cameraOn: boolean;
  /** Ids of devices; empty for the standard one. */
  mic: string;
  camera: string;
  speaker: string;
  joinSound: boolean;
  shortcuts: boolean;
}

const KEY = 'aq-room';
const AT_FIRST: Remembered = {
  name: '',
  micOn: true,
  cameraOn: true,
  mic: '',
  camera: '',
  speaker: '',
  joinSound: true,
  shortcuts: true,
};

/** What is remembered, and what a browser has at first for the rest. Wrong values count as none. */
export function parseRemembered(text: string | null): Remembered {
  const remembered: Record<string, unknown> = { ...AT_FIRST };
  for (const [key, value] of Object.entries(jsonObject(text ?? ''))) {
    if (key in AT_FIRST && typeof value === typeof remembered[key]) remembered[key] = value;
  }
  return remembered as unknown as Remembered;
}

/** Browsers may refuse their store: then nothing is remembered. */
export function recall(): Remembered {
  try {
    return parseRemembered(localStorage.getItem(KEY));
  } catch {
    return { ...AT_FIRST };
  }
}

export function remember(change: Partial<Remembered>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...recall(), ...change }));
  } catch {} // as above
}

function jsonObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
