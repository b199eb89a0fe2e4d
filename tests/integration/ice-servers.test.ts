/** The diagnosis' questions to STUN and TURN servers that are not there; tests/systems/coturn.test.ts asks a real one. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askStun, askTurn } from '../../scripts/doctor/ice-servers.ts';
import { parseIceUrl } from '../../src/lib/ice-url.ts';
import { freePort } from '../support/ports.ts';

const USER = { username: 'alice', password: 'the password of alice' };

describe('a server that is not there', () => {
  test('is told by UDP in the given time', async () => {
    const silent = createSocket('udp4');
    onTestFinished(() => void silent.close());
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = { scheme: 'stun', host: '127.0.0.1', port: silent.address().port, transport: 'udp' } as const;
    await expect(askStun(url, 60)).rejects.toThrow('no answer in 60 ms');
    await expect(askTurn({ ...url, scheme: 'turn' }, USER, 60)).rejects.toThrow('no answer in 60 ms');
  });

  test('is told by TCP at once', async () => {
    const port = await freePort();
    const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    await once(server, 'listening');
    const url = { scheme: 'turn', host: '127.0.0.1', port, transport: 'tcp' } as const;
    await expect(askTurn(url, USER, 5000)).rejects.toThrow(/closed|ECONNRESET|EPIPE/);
    server.close();
    await once(server, 'close');
    await expect(askTurn(url, USER, 5000)).rejects.toThrow('ECONNREFUSED');
  });
});

test.each([
  ['stun:a.example', { scheme: 'stun', host: 'a.example', port: 3478, transport: 'udp' }],
  ['turn:a.example:443?transport=tcp', { scheme: 'turn', host: 'a.example', port: 443, transport: 'tcp' }],
  ['TURN:a.example?transport=UDP', { scheme: 'turn', host: 'a.example', port: 3478, transport: 'udp' }],
  ['turns:a.example', { scheme: 'turns', host: 'a.example', port: 5349, transport: 'tcp' }],
  ['stun:[2001:db8::1]:80', { scheme: 'stun', host: '2001:db8::1', port: 80, transport: 'udp' }],
  ['https://a.example', undefined],
  ['turn:', undefined],
])('the address %s', (text, url) => expect(parseIceUrl(text)).toEqual(url));
