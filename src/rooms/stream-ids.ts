/** The ids of media streams and tracks in descriptions (RFC 8830): tokens of at most 32 characters. */
import type { MediaPublication } from './publication.ts';

/**
 * The stream of a publication: one for the camera and the microphone of a member, another one for its screen. Players show
 * one video of a stream, with its sound.
 */
export function streamIdOf({ peerId, source }: Pick<MediaPublication, 'peerId' | 'source'>): string {
  const isScreen = source === 'screen' || source === 'screen-audio';
  return isScreen ? `${shortened(peerId)}-screen` : shortened(peerId);
}

/** The track of a consumer. */
export function trackIdOf(consumerId: string): string {
  return shortened(consumerId);
}

/** The 128 bits of a UUID as base64url, in 22 characters. */
function shortened(uuid: string): string {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');
}
