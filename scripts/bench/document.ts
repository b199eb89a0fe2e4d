/** Writes what a bench found out into `docs`. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

const DOCS = new URL('../../docs/', import.meta.url);
const HEAD = `# Benchmarks

Each entry is appended by the command that it names. Times depend on the machine and its load; round trips do less.
`;

/** Appends an entry to `docs/benchmarks.md`, and writes its plot beside it. */
export async function appendEntry(entry: string, plot?: { name: string; svg: string }): Promise<void> {
  await mkdir(DOCS, { recursive: true });
  const file = new URL('benchmarks.md', DOCS);
  const before = existsSync(file) ? await readFile(file, 'utf8') : HEAD;
  await writeFile(file, `${before.trimEnd()}\n\n${entry.trimEnd()}\n`);
  if (plot) await writeFile(new URL(plot.name, DOCS), plot.svg);
}

/** What it was measured with. */
export function environment(chromium: string, loads: readonly number[]): string {
  const load = loads.map((value) => value.toFixed(1));
  return [
    `Node ${process.versions.node}`,
    `mediasoup ${version('mediasoup')}`,
    `mediasoup-client ${version('mediasoup-client')}`,
    `Chromium ${chromium}`,
    `${availableParallelism()} cores`,
    `load average ${load.join(' → ')}`,
  ].join(', ');
}

function version(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  const manifest: { version: string } = JSON.parse(readFileSync(file, 'utf8'));
  return manifest.version;
}
