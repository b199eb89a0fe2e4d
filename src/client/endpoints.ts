/** Where a server's rooms are. */
export interface Endpoints {
  /** The WebSocket (`ws:` or `wss:`). */
  socket: string;
  /** Tells why the WebSocket was refused. */
  validate: string;
  /** What the server's routers can do. */
  capabilities: string;
}

const PATH = '/aq_server/';

/**
 * The endpoints of a server.
 * @param url its origin, with a path if a proxy has put it under one, or the address of its WebSocket; `http(s):` and
 *   `ws(s):` are the same here
 */
export function endpointsOf(url: string): Endpoints {
  const { protocol, host, pathname } = new URL(url);
  const secure = protocol === 'https:' || protocol === 'wss:';
  const prefix = pathname.replace(/\/aq_server(\/.*)?$/, '').replace(/\/+$/, '');
  const http = `${secure ? 'https' : 'http'}://${host}${prefix}${PATH}`;
  return {
    socket: `${secure ? 'wss' : 'ws'}://${host}${prefix}${PATH}websocket`,
    validate: `${http}validate`,
    capabilities: `${http}capabilities`,
  };
}
