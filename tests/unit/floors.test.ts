/** The floors of docs/architecture.md, read from the imports: a file imports from lower floors or from its own folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { draw } from '../../scripts/architecture/drawing.ts';
import { FLOORS, folderOf, type Import, readImports } from '../../scripts/architecture/imports.ts';

const SRC = join(import.meta.dirname, '../../src');

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

const imports = readImports(SRC);

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

  test('docs/architecture.svg draws the imports as they are: "npm run architecture" draws it anew', () => {
    const drawn = readFileSync(join(SRC, '../docs/architecture.svg'), 'utf8');
    expect(arrowsOf(drawn)).toEqual(arrowsOf(draw(imports)));
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

/** Which folder imports which; how many files do changes with each commit. */
function arrowsOf(svg: string): string[] {
  return [...svg.matchAll(/<title>(\S+ → \S+): \d+<\/title>/g)].map(([, arrow = '']) => arrow).toSorted();
}

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
