import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/**
 * Throws the system's error (`EMFILE`, `ENFILE`) when this process cannot open so many more files. For callees that do
 * not survive that themselves.
 */
export function assertFreeDescriptors(count: number): void {
  const opened: number[] = [];
  try {
    while (opened.length < count) opened.push(openSync(devNull, 'r'));
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}
