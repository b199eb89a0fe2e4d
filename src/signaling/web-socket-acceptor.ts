import { constants, Http2ServerRequest, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { AppError } from '../lib/errors.ts';
import { refuse } from '../lib/refuse.ts';
import type { Upgrade } from './upgrades.ts';

declare module 'ws' {
  interface WebSocket {
    /** What `ws` itself calls after a handshake; its types leave it out. */
    setSocket(stream: Duplex, head: Buffer, options: typeof STREAM_OPTIONS & { maxPayload: number }): void;
  }
}

/** A message of 64 KiB needs no more fragments than this; many small ones cost more than they carry. */
const MAX_FRAGMENTS = 256;
/** What `ws` takes for sockets of HTTP/1.1 by default. */
const STREAM_OPTIONS = {
  allowSynchronousEvents: true,
  maxBufferedChunks: 256 * 1024,
  maxFragments: MAX_FRAGMENTS,
  skipUTF8Validation: false,
};
const SERVER_OPTIONS = { autoPong: true, maxPendingAutoPongs: 60, closeTimeout: 30_000 };
const NO_HEAD = Buffer.alloc(0);

/** Completes the handshakes of WebSockets: over HTTP/1.1 (RFC 6455), and over one stream of HTTP/2 (RFC 8441). */
export class WebSocketAcceptor {
  readonly #server: WebSocketServer;
  readonly #maxPayload: number;
  readonly #protocol: string | undefined;

  /** @param protocol the subprotocol that it speaks, if any */
  constructor(limits: { maxMessageBytes: number }, protocol?: string) {
    this.#maxPayload = limits.maxMessageBytes;
    this.#protocol = protocol;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.maxMessageBytes,
      maxFragments: MAX_FRAGMENTS,
      handleProtocols: (offered) => this.#choose(offered) ?? false,
    });
    this.#server.on('wsClientError', (error, socket) => {
      refuse(socket, new AppError('upgrade_invalid', error.message));
    });
  }

  /** Calls `onOpen` with the open socket. A handshake that is wrong is answered `upgrade_invalid`. */
  accept({ request, socket, head }: Upgrade, onOpen: (webSocket: WebSocket) => void): void {
    if (request instanceof Http2ServerRequest) onOpen(this.#acceptStream(request));
    else this.#server.handleUpgrade(request, socket, head, onOpen);
  }

  /** @throws AppError `upgrade_invalid` */
  #acceptStream({ stream, headers }: Http2ServerRequest): WebSocket {
    if (headers['sec-websocket-version'] !== '13') {
      throw new AppError('upgrade_invalid', 'Sec-WebSocket-Version must be 13');
    }
    const protocol = this.#choose(protocolsOf(headers['sec-websocket-protocol']));
    stream.respond({ ':status': 200, ...(protocol !== undefined && { 'sec-websocket-protocol': protocol }) });
    // A server's socket takes these options too, which the types leave out.
    const webSocket: WebSocket = Reflect.construct(WebSocket, [null, undefined, SERVER_OPTIONS]);
    webSocket.setSocket(stream, NO_HEAD, { ...STREAM_OPTIONS, maxPayload: this.#maxPayload });
    closeWithStream(stream);
    return webSocket;
  }

  #choose(offered: ReadonlySet<string>): string | undefined {
    return this.#protocol !== undefined && offered.has(this.#protocol) ? this.#protocol : undefined;
  }
}

/** A stream that the client has reset stays open for writing, and would keep its socket. */
function closeWithStream(stream: ServerHttp2Stream): void {
  stream.once('aborted', () => stream.close(constants.NGHTTP2_CANCEL));
}

function protocolsOf(header: string | undefined): ReadonlySet<string> {
  return new Set((header ?? '').split(',').map((name) => name.trim()));
}

/** The limit for which a socket has failed, by the name that says so; undefined for other failures. */
export function limitOfFailure({ code = '' }: Error & { code?: string }): string | undefined {
  return limitsOfSockets.get(code);
}

/** The codes of `ws`, which then closes the socket itself. */
const limitsOfSockets: ReadonlyMap<string, string> = new Map([
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'MAX_MESSAGE_BYTES'],
  ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 'MAX_FRAGMENTS'],
]);
