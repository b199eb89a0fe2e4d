/** The variables of sound in large rooms. */
import type { EnvReader } from '../lib/env-reader.ts';

export interface AudioConfig {
  /** In rooms with more microphones than this only the loudest are forwarded. */
  readonly audioGateAbove: number;
  readonly maxForwardedMics: number;
  /** How many of those who spoke last each listener is ready to receive. */
  readonly maxRecentSpeakers: number;
  /** Whether peers that may moderate are always forwarded. */
  readonly hostsAlwaysForwarded: boolean;
}

export function readAudio(read: EnvReader): AudioConfig {
  return {
    audioGateAbove: read.integer('AUDIO_GATE_ABOVE', 8, 0, 100_000),
    maxForwardedMics: read.integer('AUDIO_FORWARDED_MICS', 5, 1, 50),
    maxRecentSpeakers: read.integer('AUDIO_RECENT_SPEAKERS', 20, 8, 500),
    hostsAlwaysForwarded: read.oneOf('AUDIO_HOSTS_ALWAYS', ['off', 'on'], 'off') === 'on',
  };
}
