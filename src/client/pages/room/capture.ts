/** Cameras, microphones and screens, as the browser gives them. */
import type { Source } from '../../../protocol/grants.ts';

export type OwnKind = 'mic' | 'camera';

/** A track, and what it is a picture or a sound of. */
export interface Captured {
  source: Source;
  track: MediaStreamTrack;
}

export interface OwnCapture {
  tracks: ReadonlyMap<OwnKind, MediaStreamTrack>;
  /** Why another is missing. */
  failures: ReadonlyMap<OwnKind, unknown>;
}

const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

/**
 * Microphone and camera in one question, or the one of them that is there.
 * @param wanted the ids of devices, empty for the standard one; another one is taken where it is gone
 */
export async function captureOwn(wanted: ReadonlyMap<OwnKind, string>): Promise<OwnCapture> {
  const kinds = [...wanted.keys()];
  if (kinds.length === 0) return { tracks: new Map(), failures: new Map() };
  try {
    return { tracks: await ask(wanted), failures: new Map() };
  } catch (failure) {
    const left = kinds.length === 1 ? [] : await worthAsking(kinds, failure);
    const each = await Promise.all(left.map((kind) => captureOwn(new Map([[kind, wanted.get(kind) ?? '']]))));
    const failed = kinds.filter((kind) => !left.includes(kind)).map((kind) => [kind, failure] as const);
    return {
      tracks: new Map(each.flatMap(({ tracks }) => [...tracks])),
      failures: new Map([...failed, ...each.flatMap(({ failures }) => [...failures])]),
    };
  }
}

/** Whether this browser can share a screen. */
export function canShareScreen(): boolean {
  return 'getDisplayMedia' in (navigator.mediaDevices ?? {});
}

/** A screen, with its sound where the browser has it. Nothing if the user chose none. */
export async function captureScreen(): Promise<Captured[]> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: true });
    return stream.getTracks().map((track) => ({
      source: track.kind === 'video' ? 'screen' : 'screen-audio',
      track,
    }));
  } catch (error) {
    if (error instanceof Error && error.name === 'NotAllowedError') return [];
    throw error;
  }
}

async function ask(wanted: ReadonlyMap<OwnKind, string>): Promise<Map<OwnKind, MediaStreamTrack>> {
  if (!navigator.mediaDevices) throw new DOMException('no devices over plain HTTP', 'InsecureContextError');
  const [mic, camera] = [wanted.get('mic'), wanted.get('camera')];
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: mic !== undefined && { ...AUDIO, ...(mic && { deviceId: mic }) },
    video: camera !== undefined && { ...VIDEO, ...(camera && { deviceId: camera }) },
  });
  return new Map(stream.getTracks().map((track) => [track.kind === 'video' ? 'camera' : 'mic', track]));
}

/** Which of them may be had alone. Nobody is asked twice who has said no. */
async function worthAsking(kinds: readonly OwnKind[], failure: unknown): Promise<OwnKind[]> {
  const name = failure instanceof Error ? failure.name : '';
  if (name === 'InsecureContextError') return [];
  if (name !== 'NotAllowedError') return [...kinds];
  const states = await Promise.all(kinds.map(permissionOf));
  const granted = kinds.filter((_kind, index) => states[index] !== 'denied');
  return granted.length < kinds.length ? granted : [];
}

async function permissionOf(kind: OwnKind): Promise<PermissionState> {
  const name = (kind === 'mic' ? 'microphone' : 'camera') as PermissionName;
  try {
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return 'prompt'; // a browser that does not tell
  }
}
