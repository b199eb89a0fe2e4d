import { expect, test } from 'vitest';
import { OptionError, parseOptions } from '../../../../scripts/load/options.ts';

test('without options a small load of this machine', () => {
  expect(parseOptions([]).load).toEqual({
    url: 'http://127.0.0.1:8080',
    rooms: 1,
    peers: 3,
    publish: ['audio', 'video'],
    publishers: 3,
    simulcast: false,
    bitrate: 600_000,
    speaking: 1,
    dtx: false,
    duration: 10,
    joinRate: 20,
    churn: 0,
  });
});

test.each([
  ['another machine', ['--url', 'http://192.0.2.1:8080']],
  ['a name that begins like loopback', ['--url', 'http://127.example.com']],
  ['too many peers', ['--rooms', '100', '--peers', '100']],
  ['too long', ['--duration', '36000']],
])('only its owner puts load on a server: %s', (_, args) => {
  expect(() => parseOptions(args)).toThrow(OptionError);
  expect(parseOptions([...args, '--i-own-this-server']).load).toBeDefined();
});

test.each([
  ['--peers', 'many'],
  ['--peers', '0'],
  ['--peers', ''],
  ['--publish', 'all'],
  ['--publishers', '4'],
  ['--churn', '-1'],
  ['--url', 'here'],
  ['--no-such-option', '1'],
])('refuses %s %s', (...args) => {
  expect(() => parseOptions(args)).toThrow(OptionError);
});
