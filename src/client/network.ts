/** What Chromium's `navigator.connection` has of use here; it is in no DOM types. */
type Connection = EventTarget & { type?: string };

/** Calls when this machine comes to another network, or back to one. Returns a function that ends the watch. */
export function watchNetwork(onChange: () => void): () => void {
  const connection = 'connection' in navigator ? (navigator.connection as Connection) : undefined;
  let type = connection?.type;
  // It changes with each new estimate of the bandwidth too.
  const onConnection = () => {
    if (connection?.type === type) return;
    type = connection?.type;
    if (type !== 'none') onChange();
  };
  addEventListener('online', onChange);
  connection?.addEventListener('change', onConnection);
  return () => {
    removeEventListener('online', onChange);
    connection?.removeEventListener('change', onConnection);
  };
}
