/** The WebSocket that an inline script of the page has opened while this script was loaded. */

declare global {
  interface Window {
    /** Set by `index.html` where the address has a token. */
    earlySocket?: { socket: WebSocket; protocols: string[]; messages: unknown[] } | undefined;
  }
}

/** Returns the early socket where it is the one that is asked for, once; otherwise a new one. */
export function takeEarlySocket(url: string, protocols: string[]): WebSocket {
  const early = window.earlySocket;
  window.earlySocket = undefined;
  if (!early) return new WebSocket(url, protocols);
  const { socket, messages } = early;
  socket.onmessage = null;
  const isAlive = socket.readyState === WebSocket.CONNECTING || socket.readyState === WebSocket.OPEN;
  if (!isAlive || socket.url !== url || early.protocols.join() !== protocols.join()) {
    socket.close();
    return new WebSocket(url, protocols);
  }
  // Once its new owner listens.
  queueMicrotask(() => {
    for (const data of messages) socket.dispatchEvent(new MessageEvent('message', { data }));
  });
  return socket;
}
