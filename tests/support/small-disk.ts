/** A disk that can be filled: a small file system of its own, which needs root on Linux. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './process.ts';

export interface SmallDisk {
  readonly folder: string;
  /** Leaves no byte on it. */
  fill(): void;
  /** Takes away what fills it. */
  free(): void;
}

/** A disk of 2 MiB; it is gone when the test has ended. */
export function mountSmallDisk(): SmallDisk {
  const folder = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'aq-small-disk', folder]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      mkdirSync(filler, { recursive: true });
      for (const size of [65_536, 4096]) fillWith(size, filler);
    },
    free: () => rmSync(filler, { recursive: true, force: true }),
  };
}

/** Why no disk can be mounted here; undefined where one can. */
export function whyNoSmallDisk(): string | undefined {
  if (process.platform !== 'linux') return `tmpfs is Linux's, and this is ${process.platform}`;
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `no tmpfs could be mounted: ${String(error).split('\n')[0]}`;
  }
}

function fillWith(size: number, folder: string): void {
  for (let n = readdirSync(folder).length; ; n++) {
    try {
      writeFileSync(join(folder, String(n)), Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}
