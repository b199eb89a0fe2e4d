/** Shapes on a field of 24 by 24, drawn with strokes: emoji look different, or are missing, on each system. */
const PATHS = {
  mic: 'M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5 11a7 7 0 0 0 14 0M12 18v3',
  camera: 'M4 7h9a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zM15 11l6-3v8l-6-3',
  screen:
    'M4 5h16a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM8 20h8M12 13V8M9.5 10.5L12 8l2.5 2.5',
  hand: 'M8 12V6a1.5 1.5 0 0 1 3 0M11 11V4.5a1.5 1.5 0 0 1 3 0V11M14 11V6a1.5 1.5 0 0 1 3 0v8c0 4-2 7-5.5 7S6 19 4.5 15l-1-2.5a1.5 1.5 0 0 1 2.7-1.2L8 14',
  chat: 'M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-8l-5 4v-4H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z',
  people:
    'M9 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 20c0-3.6 2.6-6 6.5-6s6.5 2.4 6.5 6M16 5a3.2 3.2 0 0 1 0 6M18 14.4c2.2.8 3.5 2.8 3.5 5.6',
  more: 'M5.5 11.5h.9v.9h-.9zM11.6 11.5h.9v.9h-.9zM17.7 11.5h.9v.9h-.9z',
  close: 'M6 6l12 12M18 6L6 18',
  pin: 'M9 4h6M10 4v6l-3 4h10l-3-4V4M12 14v6',
  leave:
    'M3 14.5c-.7-1-.6-2.3.2-3C5.5 9.5 8.5 8.5 12 8.5s6.5 1 8.8 3c.8.7.9 2 .2 3l-.7 1c-.5.7-1.4.9-2.2.5l-2-1c-.7-.4-1.1-1.1-1-1.9l.1-.7c-2-.6-4.4-.6-6.4 0l.1.7c.1.8-.3 1.5-1 1.9l-2 1c-.8.4-1.7.2-2.2-.5z',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0 2 2 0 1 0-4 0M7 17a2 2 0 1 0 4 0 2 2 0 1 0-4 0',
  keyboard:
    'M4 6h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1zM7 10h.01M11 10h.01M15 10h.01M18 10h.01M8 14.5h8',
  speaker: 'M4 9.5h3.5L12 6v12l-4.5-3.5H4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  network: 'M5 19v-3M10 19v-6M15 19V9M20 19V5',
  send: 'M4 12l16-7-5 15-3.5-6zM11.5 14L20 5',
  alert: 'M12 4l9 16H3zM12 10v4M12 17h.01',
  ban: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM6 6l12 12',
  exit: 'M14 4h5a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-5M9 8l-4 4 4 4M5.5 12H15',
  lock: 'M7 11h10a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
} as const;
const STRUCK_OUT = 'M3 3l18 18';

export type IconName = keyof typeof PATHS;

/** @param label what it means, where no text beside it says that */
export function Icon({ name, off, label }: { name: IconName; off?: boolean; label?: string }) {
  return <Drawing path={off ? `${PATHS[name]}${STRUCK_OUT}` : PATHS[name]} label={label} />;
}

/** A shape on that field. */
export function Drawing({ path, label }: { path: string; label?: string | undefined }) {
  if (label === undefined) {
    return (
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
        <path d={path} />
      </svg>
    );
  }
  return (
    <svg class="icon" viewBox="0 0 24 24" role="img" aria-label={label}>
      <path d={path} />
    </svg>
  );
}
