/** Standard Webhooks: checks that a webhook comes from the server. */

/** What a webhook tells. */
export interface WebhookEvent {
  /** The same for each delivery of one event: a receiver may get it twice. */
  id: string;
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

/** Of Node's `request.headers`, or of fetch's `Headers`. */
export type WebhookHeaders = Readonly<Record<string, string | string[] | undefined>> | Headers;

/** This is no webhook of the server, or an old one. */
export class WebhookSignatureError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WebhookSignatureError';
  }
}

/** How far the time of a webhook may be off, in seconds. */
const TOLERANCE_SECONDS = 300;

/**
 * Resolves to the event of a webhook; rejects with `WebhookSignatureError`.
 * @param body as it came, before any JSON was parsed
 * @param secrets `whsec_` and base64: one of them must fit
 * @param now milliseconds since 1970-01-01 UTC
 */
export async function verifyWebhook(
  body: string,
  headers: WebhookHeaders,
  secrets: readonly string[],
  now = Date.now(),
): Promise<WebhookEvent> {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(headers, name),
  );
  if (!id || !timestamp || !signatures) throw new WebhookSignatureError('a header is missing');
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw new WebhookSignatureError('the time is too far off');
  }
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const given = signatures
    .split(' ')
    .flatMap((each) => (each.startsWith('v1,') ? [bytesOf(each.slice(3))] : []));
  for (const secret of secrets) {
    const key = await importKey(secret);
    // `verify` compares in constant time.
    for (const signature of given) {
      if (signature && (await crypto.subtle.verify('HMAC', key, signature, signed))) return eventOf(id, body);
    }
  }
  throw new WebhookSignatureError('the signature is wrong');
}

function importKey(secret: string) {
  const bytes = bytesOf(secret.replace(/^whsec_/, ''));
  if (!bytes || bytes.length === 0) throw new WebhookSignatureError('the secret is no base64');
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

/** Undefined for what is no base64. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function eventOf(id: string, body: string): WebhookEvent {
  return { id, ...JSON.parse(body) };
}

function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  return typeof value === 'string' ? value : undefined;
}
