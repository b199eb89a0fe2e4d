/** A server that is reached through proxies, so that its network can be cut, mended and changed. */
import { LagProxy } from '../../scripts/bench/lag-proxy.ts';
import { freePort } from './ports.ts';
import { startServer, type TestServer } from './server.ts';

/** Where the server listens, and where browsers find it. */
const NEAR = '127.0.0.1';
const FAR = '127.0.0.2';

export interface FarServer extends TestServer {
  /** The way of WebSockets and HTTP. */
  readonly signaling: LagProxy;
  /** The way of media. */
  readonly media: LagProxy;
}

/** Starts a server with one worker behind two proxies. Its `url` is that of the proxy. */
export async function startFarServer(variables: Record<string, string> = {}): Promise<FarServer> {
  const port = await freePort();
  const server = await startServer({
    MEDIA_ANNOUNCED_ADDRESS: FAR,
    MEDIA_PORT: String(port),
    ...variables,
  });
  const signaling = await proxy(0, server.app.port);
  const media = await proxy(port, port);
  return {
    ...server,
    url: `http://${FAR}:${signaling.port}`,
    signaling,
    media,
    async close() {
      await server.close();
      await Promise.all([signaling.close(), media.close()]);
    },
  };
}

/** Starts a proxy before a port of the near address; port 0 takes a free one. */
export function proxy(from: number, to: number): Promise<LagProxy> {
  const path = { delayMs: 0 };
  return LagProxy.open({ listen: { host: FAR, port: from }, target: { host: NEAR, port: to }, path });
}
