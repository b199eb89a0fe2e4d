/** Telnyx's signature of webhooks: Ed25519 over the time and the body, byte by byte. */
import { createPublicKey, verify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';

/** How far the time of a signature may be off, in seconds, as Telnyx's own SDK has it. */
const TOLERANCE_SECONDS = 300;

/** Why a webhook is refused. */
export type SignatureFault = 'unsigned' | 'stale' | 'forged';

export interface SignatureCheckOptions {
  /** Base64 of the 32 bytes of the key. */
  publicKey: string;
  /** Milliseconds since 1970-01-01 UTC; `Date.now` by default. */
  now?: () => number;
}

/** In a thread of Node's pool: what it takes, the rooms' messages would wait. */
const verifyAside = promisify(verify);

/** Makes the function that says what is wrong with a webhook; undefined where it is Telnyx's. */
export function createSignatureCheck({ publicKey, now = Date.now }: SignatureCheckOptions) {
  const x = Buffer.from(publicKey, 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return async (headers: IncomingHttpHeaders, body: Buffer): Promise<SignatureFault | undefined> => {
    const signature = headers['telnyx-signature-ed25519'];
    const timestamp = headers['telnyx-timestamp'];
    if (typeof signature !== 'string' || typeof timestamp !== 'string') return 'unsigned';
    if (!/^\d{1,12}$/.test(timestamp)) return 'forged';
    if (Math.abs(now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return 'stale';
    const signed = Buffer.concat([Buffer.from(`${timestamp}|`), body]);
    const good = await verifyAside(null, signed, key, Buffer.from(signature, 'base64'));
    return good ? undefined : 'forged';
  };
}
