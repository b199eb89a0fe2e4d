/** STUN messages (RFC 8489), with what TURN adds to them (RFC 8656): as much as asks a server whether it answers. */
import { createHash, createHmac, randomBytes } from 'node:crypto';

/** The type of a message: its method, and whether it asks, answers or refuses. */
const BINDING = 0x0001;
const ALLOCATE = 0x0003;
const REFRESH = 0x0004;
const SUCCESS = 0x0100;
const ERROR = 0x0110;

const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;

const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const ERROR_CODE = 0x0009;
const LIFETIME = 0x000d;
const REALM = 0x0014;
const NONCE = 0x0015;
const XOR_RELAYED_ADDRESS = 0x0016;
const REQUESTED_TRANSPORT = 0x0019;
const XOR_MAPPED_ADDRESS = 0x0020;

/** Relayed packets are UDP: its number, and three bytes for later use. */
const UDP = Buffer.from([17, 0, 0, 0]);

/** Long-term credentials, once the server has told its realm and nonce. */
export interface Credentials {
  username: string;
  password: string;
  realm: string;
  nonce: string;
}

export interface StunAnswer {
  success: boolean;
  /** Of a refusal: 401, 437, 486, … */
  errorCode: number | undefined;
  reason: string;
  realm: string;
  nonce: string;
  /** The address that the server saw the request come from. */
  mappedAddress: string | undefined;
  /** The address that the server relays for us. */
  relayedAddress: string | undefined;
}

export interface StunRequest {
  bytes: Buffer;
  transactionId: Buffer;
}

/** Asks for our address. @param transactionId 12 bytes; random ones by default */
export function bindingRequest(credentials?: Credentials, transactionId?: Buffer): StunRequest {
  return makeRequest(BINDING, [], credentials, transactionId);
}

/** Asks for a relayed address; without credentials the server tells its realm and nonce in a refusal. */
export function allocateRequest(credentials?: Credentials): StunRequest {
  return makeRequest(ALLOCATE, [attribute(REQUESTED_TRANSPORT, UDP)], credentials);
}

/** Gives an allocation back. */
export function releaseRequest(credentials: Credentials): StunRequest {
  return makeRequest(REFRESH, [attribute(LIFETIME, Buffer.alloc(4))], credentials);
}

/** The answer to this request; undefined for bytes that are something else. */
export function readAnswer(
  bytes: Buffer,
  { bytes: request, transactionId }: StunRequest,
): StunAnswer | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32BE(4) !== MAGIC_COOKIE) return undefined;
  if (!bytes.subarray(8, HEADER_BYTES).equals(transactionId)) return undefined;
  const type = bytes.readUInt16BE(0);
  const method = request.readUInt16BE(0);
  if (type !== (method | SUCCESS) && type !== (method | ERROR)) return undefined;
  const attributes = readAttributes(bytes);
  const error = attributes.get(ERROR_CODE);
  return {
    success: type === (method | SUCCESS),
    errorCode: error && error.length >= 4 ? error.readUInt8(2) * 100 + error.readUInt8(3) : undefined,
    reason: error?.subarray(4).toString() ?? '',
    realm: attributes.get(REALM)?.toString() ?? '',
    nonce: attributes.get(NONCE)?.toString() ?? '',
    mappedAddress: readAddress(attributes.get(XOR_MAPPED_ADDRESS), transactionId),
    relayedAddress: readAddress(attributes.get(XOR_RELAYED_ADDRESS), transactionId),
  };
}

/** The bytes that a message has, by its first 20; undefined where there are fewer. A stream has no other boundaries. */
export function messageLength(bytes: Buffer): number | undefined {
  return bytes.length < HEADER_BYTES ? undefined : HEADER_BYTES + bytes.readUInt16BE(2);
}

function makeRequest(
  method: number,
  attributes: Buffer[],
  credentials?: Credentials,
  transactionId: Buffer = randomBytes(12),
): StunRequest {
  if (credentials) {
    attributes.push(
      attribute(USERNAME, Buffer.from(credentials.username)),
      attribute(NONCE, Buffer.from(credentials.nonce)),
      attribute(REALM, Buffer.from(credentials.realm)),
    );
  }
  const body = Buffer.concat(attributes);
  if (!credentials)
    return { bytes: Buffer.concat([header(method, body.length, transactionId), body]), transactionId };
  // The length that is signed counts the signature too: 4 bytes of its header, 20 of HMAC-SHA1.
  const signed = Buffer.concat([header(method, body.length + 24, transactionId), body]);
  const signature = createHmac('sha1', keyOf(credentials)).update(signed).digest();
  return { bytes: Buffer.concat([signed, attribute(MESSAGE_INTEGRITY, signature)]), transactionId };
}

function header(method: number, length: number, transactionId: Buffer): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16BE(method, 0);
  bytes.writeUInt16BE(length, 2);
  bytes.writeUInt32BE(MAGIC_COOKIE, 4);
  return Buffer.concat([bytes, transactionId]);
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
}

/** RFC 8489 section 9.2.2. */
function keyOf({ username, realm, password }: Credentials): Buffer {
  return createHash('md5').update(`${username}:${realm}:${password}`).digest();
}

function readAttributes(bytes: Buffer): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  const end = Math.min(bytes.length, messageLength(bytes) ?? 0);
  for (let at = HEADER_BYTES; at + 4 <= end; ) {
    const length = bytes.readUInt16BE(at + 2);
    attributes.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, Math.min(at + 4 + length, end)));
    at += 4 + length + (-length & 3);
  }
  return attributes;
}

/** RFC 8489 section 14.2: the port and the address, each XORed with the cookie and the transaction. */
function readAddress(value: Buffer | undefined, transactionId: Buffer): string | undefined {
  if (!value || value.length < 8) return undefined;
  const cookie = Buffer.alloc(4);
  cookie.writeUInt32BE(MAGIC_COOKIE);
  const mask = Buffer.concat([cookie, transactionId]);
  const port = value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16);
  const address = value.subarray(4).map((byte, index) => byte ^ (mask[index] ?? 0));
  if (address.length === 4) return `${address.join('.')}:${port}`;
  const groups = Array.from({ length: 8 }, (_, index) =>
    Buffer.from(address)
      .readUInt16BE(2 * index)
      .toString(16),
  );
  return `[${groups.join(':')}]:${port}`;
}
