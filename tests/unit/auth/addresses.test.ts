import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientAddress, createAddressSet, loopback, networkOf } from '../../../src/auth/addresses.ts';

describe('an address set', () => {
  const set = createAddressSet(['192.0.2.1', '10.0.0.0/8', '2001:db8::/32', '::1']);

  test.each([
    '192.0.2.1',
    '10.255.0.1',
    '::ffff:10.0.0.1',
    '2001:db8::7',
    '::1',
    '::1%lo',
  ])('has %s', (address) => {
    expect(set.has(address)).toBe(true);
  });

  test.each([
    '192.0.2.2',
    '11.0.0.1',
    '::ffff:11.0.0.1',
    '2001:db9::1',
    '::2',
    '',
    'localhost',
    '10.0.0',
  ])('has not %j', (address) => expect(set.has(address)).toBe(false));

  test.each([
    '',
    'localhost',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0.0/1e1',
  ])('is not made of %j', (entry) => expect(() => createAddressSet([entry])).toThrow(RangeError));

  test('of everything has everything of its family', () => {
    const everything = createAddressSet(['0.0.0.0/0']);
    expect(everything.has('203.0.113.9')).toBe(true);
    expect(everything.has('2001:db8::1')).toBe(false);
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['128.0.0.1', false],
  ['::2', false],
  ['192.168.0.1', false],
])('%s is loopback: %s', (address, expected) => expect(loopback.has(address)).toBe(expected));

describe('the address of a client', () => {
  const proxies = createAddressSet(['10.0.0.0/8', '::1']);

  test.each([
    ['is the socket’s', '203.0.113.1', undefined, '203.0.113.1'],
    ['is IPv4 in the clothes of IPv6', '::ffff:203.0.113.1', undefined, '203.0.113.1'],
    ['is without its zone', 'fe80::1%eth0', undefined, 'fe80::1'],
    ['is not what a stranger forwards', '203.0.113.1', '198.51.100.1', '203.0.113.1'],
    ['is what a proxy forwards', '10.0.0.1', '203.0.113.1', '203.0.113.1'],
    ['is what a proxy on ::1 forwards', '::1', '2001:db8::1', '2001:db8::1'],
    [
      'is the last that no proxy of ours has',
      '10.0.0.1',
      '198.51.100.1, 203.0.113.1, 10.0.0.2',
      '203.0.113.1',
    ],
    ['is the first of proxies alone', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['is the proxy’s when it forwards nothing', '10.0.0.1', undefined, '10.0.0.1'],
    ['is the proxy’s when it forwards rubbish', '10.0.0.1', '203.0.113.1, rubbish', '10.0.0.1'],
    ['is read past a port', '10.0.0.1', '203.0.113.1:4711', '203.0.113.1'],
    ['is read past an IPv6 port', '10.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['is unknown when the socket is gone', undefined, '203.0.113.1', 'unknown'],
  ])('%s', (_, remote, forwarded, expected) => {
    expect(clientAddress(remote, forwarded, proxies)).toBe(expected);
  });

  test('is read from the last of several headers', () => {
    expect(clientAddress('10.0.0.1', ['198.51.100.1', '203.0.113.1'], proxies)).toBe('203.0.113.1');
  });

  test('is never chosen by a stranger', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (forwarded) => {
        expect(clientAddress('203.0.113.1', forwarded, proxies)).toBe('203.0.113.1');
        expect(clientAddress('10.0.0.1', `${forwarded},203.0.113.2`, proxies)).toBe('203.0.113.2');
      }),
    );
  });
});

describe('the network that limits count', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::1', '2001:db8:1:2::/64'],
    ['2001:db8:1::1', '2001:db8:1:0::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::2:3:4:5:6', '1:0:0:2::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['unknown', 'unknown'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
