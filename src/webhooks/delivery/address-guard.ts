/** Which addresses receivers may have: public ones, and those that the operator allows. */
import { type LookupAddress, type LookupOptions, lookup as lookupName } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type AddressSet, createAddressSet } from '../../auth/addresses.ts';

/** A receiver's address is private, link-local or of another kind that is not on the internet. */
export class AddressRefusedError extends Error {
  constructor() {
    super('the address is not public, and not among WEBHOOK_ALLOWED_NETWORKS');
    this.name = 'AddressRefusedError';
  }
}

type LookupCallback = (error: Error | null, addresses: LookupAddress[] | string, family?: number) => void;

export class AddressGuard {
  readonly #allowed: AddressSet;

  /** @param allowedNetworks addresses and networks in CIDR notation */
  constructor(allowedNetworks: readonly string[]) {
    this.#allowed = createAddressSet(allowedNetworks);
  }

  allows(address: string): boolean {
    if (!isIP(address)) return false;
    return this.#allowed.has(address) || ipaddr.process(address).range() === 'unicast';
  }

  /** Throws for an address in place of a host name: connecting to one looks up no name. */
  checkHost(url: URL): void {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) && !this.allows(host)) throw new AddressRefusedError();
  }

  /** As `dns.lookup`, with the allowed addresses alone: what is connected to is what was checked. */
  readonly lookup = (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    lookupName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const allowed = addresses.filter(({ address }) => this.allows(address));
      const [first] = allowed;
      if (!first) return callback(new AddressRefusedError(), []);
      return options.all ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}
