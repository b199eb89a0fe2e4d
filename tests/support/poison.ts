/** Parameters of requests with texts and numbers in them that end a line, a text or a value somewhere. */

/** Every text has this in it. */
export const MARK = 'POISON';
const POISON = [
  `${MARK}\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host`,
  `${MARK}\n`,
  `\r${MARK}`,
  `${MARK}\0`,
  `${MARK};x=1`,
  `${MARK} 1`,
  `"${MARK}"`,
  `${MARK}\\`,
  `${MARK}\u2028`,
  `${MARK}\ud800`,
  `${MARK.repeat(1000)}`,
  -1,
  2 ** 53,
  1e308,
];

const KEYS = [`${MARK}\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host`, `${MARK}\0`];

/** These parameters with each value replaced by each poison in turn, each array filled with it, and poison among the keys. */
export function poisoned(params: object): object[] {
  return placesIn(params).flatMap((path) => [
    ...POISON.flatMap((poison) => [
      changed(params, path, () => poison),
      changed(params, path, (value) => (Array.isArray(value) ? [poison] : poison)),
    ]),
    ...KEYS.map((key) => changed(params, path, (value) => ({ ...toObject(value), [key]: 1 }))),
  ]);
}

function toObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  const inside = Object.entries(value).flatMap(([key, of]) => placesIn(of).map((path) => [key, ...path]));
  return [[], ...inside];
}

function changed(value: unknown, [key, ...path]: string[], change: (value: unknown) => unknown): object {
  if (key === undefined) return toObject(change(value));
  const copy: Record<string, unknown> = { ...toObject(value) };
  const next = path.length === 0 ? change(copy[key]) : changed(copy[key], path, change);
  return Object.assign(Array.isArray(value) ? [...value] : copy, { [key]: next });
}
