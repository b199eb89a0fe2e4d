import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOriginPolicy, normalizeOrigin } from '../../../src/auth/origins.ts';
import { AppError } from '../../../src/lib/errors.ts';

const sameHost = createOriginPolicy({ allowedOrigins: [] });
const listed = createOriginPolicy({ allowedOrigins: ['https://app.example', 'http://localhost:3000'] });
const refusal = expect.objectContaining({ code: 'origin_not_allowed' });

describe('without a list', () => {
  test.each([
    [undefined, 'a.example'],
    [undefined, undefined],
    ['http://a.example', 'a.example'],
    ['http://a.example', 'a.example:80'],
    ['https://a.example', 'a.example'],
    ['https://a.example', 'a.example:443'],
    ['http://a.example:8080', 'a.example:8080'],
    ['http://a.example:80', 'a.example'],
    ['http://A.example', 'a.EXAMPLE'],
    ['http://[::1]:8080', '[::1]:8080'],
    ['http://127.0.0.1:8080', '127.0.0.1:8080'],
  ])('%s passes to %s', (origin, host) => sameHost.check(origin, host));

  test.each([
    ['http://b.example', 'a.example'],
    ['http://a.example.evil.example', 'a.example'],
    ['http://xa.example', 'a.example'],
    ['http://a.example:8080', 'a.example'],
    ['http://a.example', 'a.example:8080'],
    ['https://a.example', 'a.example:80'],
    ['http://a.example', undefined],
    ['http://a.example', ''],
    ['http://a.example', 'x@a.example'],
    ['http://a.example', 'a.example/x'],
    ['http://x@a.example', 'a.example'],
    ['http://a.example/', 'a.example'],
    ['http://a.example b', 'a.example'],
    ['null', 'null'],
    ['', 'a.example'],
    ['file://', ''],
    ['a.example', 'a.example'],
    ['chrome-extension://a.example', 'a.example'],
    ['app://a.example', 'a.example'],
    ['http://', ''],
    ['http://localhost', '127.0.0.1'],
  ])('%s is refused at %s', (origin, host) => {
    expect(() => sameHost.check(origin, host)).toThrow(refusal);
  });
});

describe('with a list', () => {
  test.each([
    undefined,
    'https://app.example',
    'https://APP.example:443',
    'http://localhost:3000',
    'https://rooms.example',
    'http://ROOMS.example',
  ])('%s passes', (origin) => listed.check(origin, 'rooms.example'));

  test.each([
    'http://app.example',
    'https://app.example:8443',
    'https://sub.app.example',
    'http://localhost',
    'https://rooms.example:8443',
    'https://other.rooms.example',
    'null',
  ])('%s is refused', (origin) => {
    expect(() => listed.check(origin, 'rooms.example')).toThrow(refusal);
  });
});

describe('the pages of apps', () => {
  const apps = createOriginPolicy({ allowedOrigins: ['app://softphone', 'capacitor://localhost'] });
  const files = createOriginPolicy({ allowedOrigins: ['file://'] });

  test.each([
    'app://softphone',
    'APP://Softphone',
    'capacitor://localhost',
  ])('%s passes where it is listed', (origin) => apps.check(origin, 'rooms.example'));

  test.each([
    'app://other',
    'app://softphone.evil',
    'other://softphone',
    'null',
    'file://',
    'https://softphone',
  ])('%s does not', (origin) => expect(() => apps.check(origin, 'rooms.example')).toThrow(refusal));

  test('a page from a file passes as file:// and as null, where files are listed', () => {
    files.check('file://', 'rooms.example');
    files.check('null', 'rooms.example');
    expect(() => files.check('app://softphone', 'rooms.example')).toThrow(refusal);
    expect(() => files.check('https://other.example', 'rooms.example')).toThrow(refusal);
  });

  test.each([
    'ws://a.example',
    'javascript://a',
    'data://a',
    'blob://a',
    'app://',
    'app://a/b',
    'app://a b',
    'null',
    'app:a',
  ])('%s is no origin', (text) => expect(normalizeOrigin(text)).toBeUndefined());
});

test('an origin has one spelling', () => {
  expect(normalizeOrigin('HTTPS://Example.COM:443')).toBe('https://example.com');
  expect(normalizeOrigin('http://[0:0::1]:8080')).toBe('http://[::1]:8080');
  expect(normalizeOrigin('https://example.com/')).toBeUndefined();
  expect(normalizeOrigin('https://exa mple.com')).toBeUndefined();
  expect(normalizeOrigin('https://a:99999')).toBeUndefined();
});

test('any origin and host pass or are refused with an AppError', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.domain());
  fc.assert(
    fc.property(text, text, (origin, host) => {
      try {
        sameHost.check(origin, host);
        expect(origin.toLowerCase()).toContain(host.replace(/:\d+$/, '').toLowerCase());
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    }),
  );
});
