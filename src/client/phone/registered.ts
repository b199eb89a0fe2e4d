import type { TelnyxRTC } from '@telnyx/webrtc';

/** How long Telnyx may take to say whether it has the softphone, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Whether Telnyx has the softphone; false where it does not say. The SDK would wait for its answer for ever. */
export async function isRegistered(client: TelnyxRTC): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(resolve, TIMEOUT_MS, false));
  return Promise.race([client.getIsRegistered().catch(() => false), late]);
}
