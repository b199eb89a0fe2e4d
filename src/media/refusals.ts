import { AppError } from '../lib/errors.ts';

/**
 * Runs a call to mediasoup whose parameters came from a client. mediasoup says no with a plain `Error`, a `TypeError`
 * or an `UnsupportedError`; that is the client's fault (`invalid_media`) unless the parts it was called on are gone.
 */
export async function refusable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === 'NotFoundError') throw new AppError('not_found', undefined, { cause: error });
    if (error.name === 'WorkerClosedError') throw new AppError('media_lost', undefined, { cause: error });
    throw new AppError('invalid_media', withoutTags(error.message), { cause: error });
  }
}

/** The worker's messages end in `[method:…, id:…]`, which says nothing to a client. */
function withoutTags(message: string): string {
  return message.replace(/\s*\[method:.*\]$/s, '');
}
