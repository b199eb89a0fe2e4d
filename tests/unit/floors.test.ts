/** The floors of docs and DESIGN, read from the imports: a file imports from lower floors or from its own folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

/** The floor of each folder; those on one floor never import each other. */
const FLOORS: Record<string, number> = {
  protocol: 0,
  lib: 0,
  store: 0,
  sdp: 0,
  auth: 1,
  media: 1,
  cluster: 1,
  rooms: 2,
  telephony: 3,
  webhooks: 3,
  recording: 3,
  signaling: 4,
  http: 4,
  config: 4,
  '.': 5,
};
/** What may be imported on the own floor all the same: `lib` speaks in the codes of `protocol`. */
const SAME_FLOOR = new Set([
  'lib → protocol',
  'store → lib',
  'store → protocol',
  'sdp → lib',
  'sdp → protocol',
]);
/** `rooms → room → member ← peer`: within the folder too there is a direction. */
const FORBIDDEN = new Set([
  'rooms/member.ts → rooms/room.ts',
  'rooms/member.ts → rooms/peer.ts',
  'rooms/peer.ts → rooms/room.ts',
  'rooms/room.ts → rooms/rooms.ts',
  'rooms/room.ts → rooms/peer.ts',
]);
/** The packages that `client`, `protocol` and `sdp` may use. */
const PACKAGES: Record<string, RegExp> = {
  protocol: /^zod$/,
  sdp: /^(zod|sdp-transform|mediasoup-client\/ortc|mediasoup\/types)$/,
  client: /^(mediasoup-client(\/.*)?|preact(\/.*)?|@telnyx\/webrtc)$/,
};

interface Import {
  from: string;
  /** The imported file under `src`, or the name of a package. */
  to: string;
  own: boolean;
}

const imports = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .flatMap((file) => importsOf(file, readFileSync(join(SRC, file), 'utf8')));

describe('floors', () => {
  test('every import goes down, or stays in its folder', () => {
    expect(imports.length).toBeGreaterThan(50);
    expect(imports.filter(({ own }) => own).flatMap(faultOf)).toEqual([]);
  });

  test('protocol, sdp and client use only the packages that they may', () => {
    const wrong = imports.filter(({ from, to, own }) => !own && PACKAGES[folderOf(from)]?.test(to) === false);
    expect(wrong).toEqual([]);
  });

  test('the Telnyx SDK is in the softphone alone, which nothing of the rooms imports', () => {
    const inPhone = (file: string) => /^client\/(phone\/|pages\/dialer)/.test(file);
    const wrong = imports.filter(
      ({ from, to }) => !inPhone(from) && (to.startsWith('@telnyx/') || inPhone(to)),
    );
    expect(wrong).toEqual([]);
  });

  test('mediasoup values are in media alone', () => {
    const values = imports.filter(({ from, to }) => to === 'mediasoup' && folderOf(from) !== 'media');
    expect(values).toEqual([]);
  });

  test('no import goes round in a circle', () => {
    expect(circle(imports.filter(({ own }) => own))).toEqual([]);
  });

  test('a wrong direction and a circle are seen', () => {
    expect(faultOf({ from: 'rooms/room.ts', to: 'signaling/door.ts', own: true })).toHaveLength(1);
    expect(faultOf({ from: 'http/server.ts', to: 'signaling/door.ts', own: true })).toHaveLength(1);
    expect(faultOf({ from: 'http/server.ts', to: 'config.ts', own: true })).toHaveLength(1);
    const round = [
      { from: 'a.ts', to: 'b.ts', own: true },
      { from: 'b.ts', to: 'a.ts', own: true },
    ];
    expect(circle(round)).toEqual(['a.ts', 'b.ts', 'a.ts']);
  });
});

function faultOf({ from, to }: Import): string[] {
  const [above, below] = [folderOf(from), folderOf(to)];
  const said = `${from} → ${to}`;
  if (FORBIDDEN.has(said)) return [said];
  if (above === below) return [];
  if (above === 'client') return below === 'protocol' || below === 'lib' ? [] : [said];
  const [floor, lower] = [FLOORS[above], FLOORS[below]];
  if (floor === undefined || lower === undefined) return [`${said}: not on any floor`];
  return lower < floor || SAME_FLOOR.has(`${above} → ${below}`) ? [] : [said];
}

function folderOf(file: string): string {
  return dirname(file).split('/')[0] ?? '.';
}

/** Static and dynamic imports and re-exports, of types too. */
function importsOf(file: string, text: string): Import[] {
  const specifiers = text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g);
  return [...specifiers].map(([, specifier = '']) => {
    const own = specifier.startsWith('.');
    return {
      from: file,
      own,
      to: own ? relative('.', normalize(join(dirname(file), specifier))) : specifier,
    };
  });
}

/** The first circle found, as the files on its way; none is an empty list. */
function circle(all: readonly Import[]): string[] {
  const next = Map.groupBy(all, ({ from }) => from);
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): string[] => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const { to } of next.get(file) ?? []) {
      const found = walk(to, [...way, file]);
      if (found.length > 0) return found;
    }
    done.add(file);
    return [];
  };
  for (const file of next.keys()) {
    const found = walk(file, []);
    if (found.length > 0) return found;
  }
  return [];
}
