import { expect, test } from 'vitest';
import { parseIceUrl, parseStunUrl, parseTurnUrl } from '../../../src/lib/ice-url.ts';

test.each([
  ['stun:a.example', { scheme: 'stun', host: 'a.example', port: 3478, transport: 'udp' }],
  ['stun:a.example:19302', { scheme: 'stun', host: 'a.example', port: 19302, transport: 'udp' }],
  ['stuns:a.example', { scheme: 'stuns', host: 'a.example', port: 5349, transport: 'tcp' }],
  ['turn:192.0.2.1:80', { scheme: 'turn', host: '192.0.2.1', port: 80, transport: 'udp' }],
  ['turn:a?transport=tcp', { scheme: 'turn', host: 'a', port: 3478, transport: 'tcp' }],
  ['TURN:a?transport=UDP', { scheme: 'turn', host: 'a', port: 3478, transport: 'udp' }],
  ['turns:a', { scheme: 'turns', host: 'a', port: 5349, transport: 'tcp' }],
  ['turns:a:443?transport=tcp', { scheme: 'turns', host: 'a', port: 443, transport: 'tcp' }],
  ['turns:a?transport=udp', { scheme: 'turns', host: 'a', port: 5349, transport: 'udp' }],
  ['turn:[2001:db8::1]:80', { scheme: 'turn', host: '2001:db8::1', port: 80, transport: 'udp' }],
])('parses %s', (text, url) => {
  expect(parseIceUrl(text)).toEqual(url);
});

test.each([
  '',
  'stun:',
  'stun://a.example',
  'http:a.example',
  'turn:a b',
  'turn:user@a',
  'turn:a:0',
  'turn:a:65536',
  'turn:a:x',
  'turn:a?transport=sctp',
  'turn:a?transport=tcp&x=1',
  'stun:a?transport=tcp',
  'turn:[a]',
  'turn:[1.2.3.4]',
  'turn:2001:db8::1',
  'turn:a\nb',
])('refuses %j', (text) => {
  expect(parseIceUrl(text)).toBeUndefined();
});

test('STUN and TURN servers are told apart', () => {
  expect(parseStunUrl('stuns:a')).toBe('stuns:a');
  expect(parseStunUrl('turn:a')).toBeUndefined();
  expect(parseTurnUrl('turns:a')).toBe('turns:a');
  expect(parseTurnUrl('stun:a')).toBeUndefined();
});
