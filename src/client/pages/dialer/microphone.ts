/** Whether there is a microphone to speak into. It is on during calls alone. */
import { microphoneProblem, type Problem } from './problems.ts';

/**
 * Asks for a microphone, and lets go of it at once. Returns why there is none.
 * @param id of the one that is wanted; another one is taken where it is gone
 */
export async function tryMicrophone(id: string): Promise<Problem | undefined> {
  // Over plain HTTP from another host, browsers have no devices at all.
  if (!navigator.mediaDevices) return { code: 'insecure_page', message: '' };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: id ? { deviceId: id } : true });
    for (const track of stream.getTracks()) track.stop();
    return undefined;
  } catch (error) {
    return microphoneProblem(error);
  }
}

/**
 * Tells when something may have changed: a device was plugged in or out, or the permission was given or taken.
 * @returns a function that ends it
 */
export function watchMicrophone(onChange: () => void): () => void {
  const abort = new AbortController();
  const { signal } = abort;
  navigator.mediaDevices?.addEventListener('devicechange', onChange, { signal });
  navigator.permissions
    ?.query({ name: 'microphone' as PermissionName })
    .then((status) => status.addEventListener('change', onChange, { signal }))
    .catch(() => {}); // a browser that does not tell
  return () => abort.abort();
}
