/** How long a delivery is repeated: 24 hours from the event on. */
export const GIVE_UP_MS = 86_400_000;

const FIRST_MS = 1000;
/** The longest wait of one stream, while others get through. */
const MAX_STREAM_MS = 900_000;
/** The longest wait between two attempts at a receiver that takes nothing. */
const MAX_RECEIVER_MS = 60_000;

/** The wait before an attempt, after so many that have failed: it doubles, with jitter of a half. */
export function streamBackoff(failures: number): number {
  return jittered(Math.min(FIRST_MS * 2 ** (failures - 1), MAX_STREAM_MS));
}

/** The same for a receiver as a whole. */
export function receiverBackoff(failures: number): number {
  return jittered(Math.min(FIRST_MS * 2 ** (failures - 1), MAX_RECEIVER_MS));
}

function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}
