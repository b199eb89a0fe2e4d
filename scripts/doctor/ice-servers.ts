/** Asks STUN and TURN servers what a browser would ask them. */
import { createSocket } from 'node:dgram';
import { connect as connectTcp, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { IceUrl } from '../../src/lib/ice-url.ts';
import {
  allocateRequest,
  bindingRequest,
  type Credentials,
  messageLength,
  readAnswer,
  releaseRequest,
  type StunAnswer,
  type StunRequest,
} from './stun.ts';

/** When a request that got no answer is sent again, in milliseconds. */
const RESEND_MS = 500;

/**
 * Our address as a STUN server sees it.
 * @throws Error in a sentence
 */
export async function askStun(url: IceUrl, timeoutMs: number): Promise<string> {
  const channel = openChannel(url);
  try {
    const answer = await exchange(channel, bindingRequest(), timeoutMs);
    if (answer.mappedAddress === undefined)
      throw new Error(`it answers without an address ${refusalOf(answer)}`);
    return answer.mappedAddress;
  } finally {
    channel.close();
  }
}

/**
 * An address that a TURN server relays for us, which is given back at once.
 * @throws Error in a sentence
 */
export async function askTurn(
  url: IceUrl,
  { username, password }: { username: string; password: string },
  timeoutMs: number,
): Promise<string> {
  const channel = openChannel(url);
  try {
    const challenge = await exchange(channel, allocateRequest(), timeoutMs);
    if (challenge.errorCode !== 401)
      throw new Error(`it does not ask for a password ${refusalOf(challenge)}`);
    const credentials: Credentials = { username, password, realm: challenge.realm, nonce: challenge.nonce };
    const answer = await exchange(channel, allocateRequest(credentials), timeoutMs);
    if (answer.relayedAddress === undefined) throw new Error(`it refuses to relay ${refusalOf(answer)}`);
    await exchange(channel, releaseRequest(credentials), timeoutMs);
    return answer.relayedAddress;
  } finally {
    channel.close();
  }
}

function refusalOf({ errorCode, reason }: StunAnswer): string {
  return errorCode === undefined ? '' : `(${errorCode} ${reason})`.trim();
}

/** A way to a server. */
interface Channel {
  /** Whether what is sent may be lost. */
  unreliable: boolean;
  send(bytes: Buffer): void;
  /** Called with each message, and with what went wrong. */
  onMessage: (bytes: Buffer) => void;
  onError: (error: Error) => void;
  close(): void;
}

function exchange(channel: Channel, request: StunRequest, timeoutMs: number): Promise<StunAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<StunAnswer>();
  channel.onMessage = (bytes) => {
    const answer = readAnswer(bytes, request);
    if (answer) resolve(answer);
  };
  channel.onError = reject;
  const timeout = setTimeout(() => reject(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
  const resend = channel.unreliable && setInterval(() => channel.send(request.bytes), RESEND_MS);
  channel.send(request.bytes);
  return promise.finally(() => {
    clearTimeout(timeout);
    if (resend) clearInterval(resend);
  });
}

function openChannel(url: IceUrl): Channel {
  return url.transport === 'udp' ? openUdp(url) : openStream(url);
}

function openUdp({ host, port }: IceUrl): Channel {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const channel: Channel = {
    unreliable: true,
    send: (bytes) => socket.send(bytes, port, host, (error) => error && channel.onError(error)),
    onMessage: () => {},
    onError: () => {},
    close: () => socket.close(),
  };
  socket.on('message', (bytes) => channel.onMessage(bytes));
  socket.on('error', (error) => channel.onError(error));
  return channel;
}

function openStream({ scheme, host, port }: IceUrl): Channel {
  const socket: Socket = scheme.endsWith('s')
    ? connectTls({ host, port, servername: host })
    : connectTcp({ host, port });
  const channel: Channel = {
    unreliable: false,
    send: (bytes) => socket.write(bytes),
    onMessage: () => {},
    onError: () => {},
    close: () => socket.destroy(),
  };
  let waiting = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (
      let length = messageLength(waiting);
      length && waiting.length >= length;
      length = messageLength(waiting)
    ) {
      const message = waiting.subarray(0, length);
      waiting = waiting.subarray(length);
      channel.onMessage(message);
    }
  });
  socket.on('error', (error) => channel.onError(error));
  socket.on('close', () => channel.onError(new Error('it closed the connection')));
  return channel;
}
