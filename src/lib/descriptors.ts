import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/**
 * Throws the system's error (`EMFILE` or `ENFILE`) if this process cannot open `count` more files. Called before code that
 * does not handle this error itself.
 */
export function assertFreeDescriptors(count: number): void {
  const opened: number[] = [];
  try {
    while (opened.length < count) opened.push(openSync(devNull, 'r'));
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}
