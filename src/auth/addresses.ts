/** Which address a request comes from, and which addresses are our own machine or our own proxies. */
import { BlockList, isIP, SocketAddress } from 'node:net';

/** A set of addresses and networks. */
export interface AddressSet {
  has(address: string): boolean;
}

/**
 * A set of IP addresses and networks in CIDR notation (RFC 4632): `10.0.0.0/8`, `::1`.
 * @throws RangeError that names the entry which is neither
 */
export function createAddressSet(entries: readonly string[]): AddressSet {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix, ...rest] = entry.split('/');
    const family = isIP(address);
    const bits = prefix === undefined ? NaN : Number(prefix);
    const isNetwork = /^\d{1,3}$/.test(prefix ?? '') && bits <= (family === 6 ? 128 : 32);
    if (!family || rest.length > 0 || (prefix !== undefined && !isNetwork)) {
      throw new RangeError(`"${entry}" is neither an address nor a network`);
    }
    if (isNetwork) list.addSubnet(address, bits, typeOf(family));
    else list.addAddress(address, typeOf(family));
  }
  return {
    has(address) {
      const plain = normalizeAddress(address);
      return plain !== undefined && list.check(plain, typeOf(isIP(plain)));
    },
  };
}

/** The addresses of this machine's loopback interface (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3). */
export const loopback = createAddressSet(['127.0.0.0/8', '::1']);

/**
 * The address of the client: of the socket, or, where that is a proxy of ours, the last one in `X-Forwarded-For` that
 * is none. What stands before that one was written by the client and is not looked at.
 *
 * @param remoteAddress the socket's; a socket that is gone has none
 */
export function clientAddress(
  remoteAddress: string | undefined,
  forwardedFor: string | string[] | undefined,
  trustedProxies: AddressSet,
): string {
  let client = normalizeAddress(remoteAddress ?? '') ?? 'unknown';
  const hops = [forwardedFor ?? []].flat().join(',').split(',');
  while (trustedProxies.has(client)) {
    const before = normalizeAddress(withoutPort(hops.pop() ?? ''));
    if (before === undefined) break;
    client = before;
  }
  return client;
}

/** The address without a zone (`%eth0`), and as IPv4 where it is one in the clothes of IPv6; undefined for what is none. */
export function normalizeAddress(text: string): string | undefined {
  const address = text.replace(/%.*$/s, '').replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) ? address : undefined;
}

/** The bits of an IPv6 network that one customer has at least (RFC 6177), with every address in it. */
const CUSTOMER_BITS = 64;

/**
 * The network that limits count instead of an address: the address itself for IPv4, and the first 64 bits for IPv6.
 * Anything that is no address stands for itself.
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail = ''] = new SocketAddress({ address, family: 'ipv6' }).address.split('::');
  const [first, last] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  const network = [...first, ...zeros, ...last].slice(0, CUSTOMER_BITS / 16);
  return `${network.join(':')}::/${CUSTOMER_BITS}`;
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':');
}

/** Some proxies write the client's port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const text = hop.trim();
  const match = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text) ?? /^\[([^\]]+)\](?::\d+)?$/.exec(text);
  return match?.[1] ?? text;
}

function typeOf(family: number): 'ipv4' | 'ipv6' {
  return family === 6 ? 'ipv6' : 'ipv4';
}
