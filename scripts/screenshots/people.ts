import type { Drawn } from './crowd.ts';

const NAMES = [
  'Jonas Weber',
  'Mei Lin',
  'Amira Haddad',
  'Tomás Oliveira',
  'Priya Raman',
  'Noah Becker',
  'Sofia Rossi',
  'Yuki Tanaka',
  'Léa Martin',
  'Kwame Mensah',
  'Ingrid Dahl',
  'Omar Farouk',
  'Hannah Klein',
  'Diego Flores',
  'Zofia Nowak',
  'Ravi Patel',
];
/** As long as a name may be. */
const LONG = 'Maximiliane Hildegard Freifrau von und zu Unterpfaffenhofen-Oberammergau '
  .repeat(2)
  .slice(0, 128);

/** So many others; some are muted, some have no camera. */
export function others(count: number): Drawn[] {
  return NAMES.slice(0, count).map((name, index) => ({
    name,
    hue: (28 + 137 * index) % 360,
    muted: index % 3 === 1,
    dark: index % 5 === 3,
    hand: index === 6,
  }));
}

export function longNames(): Drawn[] {
  return others(4).map((one, index) => ({ ...one, name: index === 1 ? 'W'.repeat(128) : LONG }));
}
