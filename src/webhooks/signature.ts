/** Standard Webhooks: the headers of a delivery, with its signature. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

const PREFIX = 'whsec_';

/** The key of a secret: the bytes behind `whsec_`. */
export function keyOfSecret(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret.slice(PREFIX.length), 'base64'));
}

/** @param keys one signature for each, so that receivers may know the old or the new secret while it is changed */
export function signedHeaders(
  { id, body }: { id: string; body: string },
  keys: readonly KeyObject[],
  nowMs: number,
): Record<string, string> {
  const timestamp = Math.floor(nowMs / 1000);
  const signatures = keys.map((key) => {
    const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`);
    return `v1,${hmac.digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
