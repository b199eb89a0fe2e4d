import { Drawing, Icon, type IconName } from '../room/icons.tsx';

/** Shapes of telephones, beside those of all pages. */
const PATHS = {
  phone:
    'M6.5 4h2.6l1.6 4.2-2 1.6a12 12 0 0 0 5.5 5.5l1.6-2 4.2 1.6v2.6a1.5 1.5 0 0 1-1.6 1.5C11.2 18.4 5.6 12.8 5 5.6A1.5 1.5 0 0 1 6.5 4z',
  hold: 'M9 6v12M15 6v12',
  keypad:
    'M5.5 5.5h1v1h-1zM11.5 5.5h1v1h-1zM17.5 5.5h1v1h-1zM5.5 11.5h1v1h-1zM11.5 11.5h1v1h-1zM17.5 11.5h1v1h-1zM5.5 17.5h1v1h-1zM11.5 17.5h1v1h-1zM17.5 17.5h1v1h-1z',
  in: 'M18 6L7 17M7 9v8h8',
  out: 'M6 18L17 7M9 7h8v8',
  missed: 'M20 8l-7.5 7.5L5 8M5 13V8h5',
  backspace: 'M9 6h11a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9l-6-6zM12.5 9.8l4.4 4.4M16.9 9.8l-4.4 4.4',
  refresh: 'M19 12a7 7 0 1 1-2.2-5.1M19.3 3.8v4h-4',
} as const;

export type PhoneIconName = keyof typeof PATHS | IconName;

export function PhoneIcon({ name, off = false }: { name: PhoneIconName; off?: boolean }) {
  return isOfPhones(name) ? <Drawing path={PATHS[name]} /> : <Icon name={name} off={off} />;
}

function isOfPhones(name: PhoneIconName): name is keyof typeof PATHS {
  return Object.hasOwn(PATHS, name);
}
