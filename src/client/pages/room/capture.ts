import type { Source } from '../../../protocol/grants.ts';

/** A track, and what it is a picture or a sound of. */
export interface Captured {
  source: Source;
  track: MediaStreamTrack;
}

const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 } };

/**
 * Microphone and camera, or the one of them that is there, and why another is missing.
 * @param wanted what to ask the browser for
 */
export async function capture(
  wanted: ReadonlySet<'mic' | 'camera'>,
): Promise<{ captured: Captured[]; failure?: unknown }> {
  if (wanted.size === 0) return { captured: [] };
  try {
    return { captured: await ask(wanted) };
  } catch (failure) {
    if (wanted.size === 1 || isRefusal(failure)) return { captured: [], failure };
    const each = [...wanted].map((one) => capture(new Set([one])));
    const captured = (await Promise.all(each)).flatMap((one) => one.captured);
    return { captured, failure };
  }
}

/** A screen, with its sound where the browser has it. Undefined if the user chose none. */
export async function captureScreen(): Promise<Captured[] | undefined> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: true });
    return stream.getTracks().map((track) => ({
      source: track.kind === 'video' ? 'screen' : 'screen-audio',
      track,
    }));
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

async function ask(wanted: ReadonlySet<'mic' | 'camera'>): Promise<Captured[]> {
  if (!navigator.mediaDevices) throw new DOMException('no devices over plain HTTP', 'InsecureContextError');
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: wanted.has('mic') && AUDIO,
    video: wanted.has('camera') && VIDEO,
  });
  return stream.getTracks().map((track) => ({ source: track.kind === 'video' ? 'camera' : 'mic', track }));
}

function isRefusal(failure: unknown): boolean {
  return failure instanceof Error && ['NotAllowedError', 'InsecureContextError'].includes(failure.name);
}
