/** Shapes on a field of 24 by 24, drawn with strokes: emoji look different, or are missing, on each system. */
const PATHS = {
  mic: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5 11a7 7 0 0 0 14 0M12 18v3',
  camera: 'M4 7h9a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zM15 11l6-3v8l-6-3',
  screen: 'M4 5h16a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM8 20h8M12 16v4',
  hand: 'M8 12V6a1.5 1.5 0 0 1 3 0M11 11V4.5a1.5 1.5 0 0 1 3 0V11M14 11V6a1.5 1.5 0 0 1 3 0v8c0 4-2 7-5.5 7S6 19 4.5 15l-1-2.5a1.5 1.5 0 0 1 2.7-1.2L8 14',
  chat: 'M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-8l-5 4v-4H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z',
} as const;
const STRUCK_OUT = 'M3 3l18 18';

/** @param label what it means, where no text beside it says that */
export function Icon({ name, off, label }: { name: keyof typeof PATHS; off?: boolean; label?: string }) {
  const path = <path d={off ? `${PATHS[name]}${STRUCK_OUT}` : PATHS[name]} />;
  if (label === undefined) {
    return (
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
        {path}
      </svg>
    );
  }
  return (
    <svg class="icon" viewBox="0 0 24 24" role="img" aria-label={label}>
      {path}
    </svg>
  );
}
