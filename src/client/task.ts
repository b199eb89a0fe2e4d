/**
 * Resolves in a task of its own: whoever has awaited something in this one has gone on by then, and may listen. Timers would
 * be late in a page that is in the background.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
