import type { Socket, Server as TcpServer } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Challenges } from './challenges.ts';

/** RFC 8737 section 6.2: the protocol that the authority asks for, with its length, as it stands in the ClientHello. */
const PROTOCOL = 'acme-tls/1';
const IN_HELLO = Buffer.from(`${String.fromCharCode(PROTOCOL.length)}${PROTOCOL}`, 'latin1');
/** How long the first bytes may take, in milliseconds. */
const HELLO_TIMEOUT_MS = 10_000;

/**
 * Answers the handshakes of a certificate authority that checks `tls-alpn-01`. Node chooses the certificate before the
 * protocol, so these are told apart before TLS begins, while a challenge is open and at no other time.
 */
export function answerAlpnHandshakes(server: TcpServer, challenges: Challenges): void {
  const others = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const pass = () => {
      for (const listener of others) listener.call(server, socket);
    };
    if (challenges.context) separate(socket, challenges, pass);
    else pass();
  });
}

function separate(socket: Socket, challenges: Challenges, pass: () => void): void {
  const end = () => socket.destroy();
  socket.setTimeout(HELLO_TIMEOUT_MS, end).once('error', end);
  socket.once('data', (hello: Buffer) => {
    socket.pause();
    socket.setTimeout(0).off('timeout', end).off('error', end);
    socket.unshift(hello);
    const { context } = challenges;
    if (context && hello.includes(IN_HELLO)) {
      // The authority reads the certificate, and closes.
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext: context,
        ALPNProtocols: [PROTOCOL],
      });
      secure.setTimeout(HELLO_TIMEOUT_MS, end).on('error', end).resume();
    } else pass();
  });
}
