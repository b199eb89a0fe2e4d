import { AppError } from '../lib/errors.ts';
import type { OutgoingEvent } from '../protocol/frames.ts';
import type { Publications } from './publications.ts';

/**
 * Resumes what a member publishes of a source when an event tells it that a host allows that source again: for members whose
 * clients cannot ask for it.
 */
export function resumeAllowed(
  { name, data }: OutgoingEvent,
  peerId: string,
  publications: Publications,
): void {
  if (name !== 'sourceAllowed' || !('source' in data) || data.peerId !== peerId) return;
  for (const { id, source } of publications.media) if (source === data.source) void resume(id, publications);
}

async function resume(id: string, publications: Publications): Promise<void> {
  try {
    await publications.resume(id);
  } catch (error) {
    if (!(error instanceof AppError)) throw error; // it was closed or muted once more meanwhile
  }
}
