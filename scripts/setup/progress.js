/** How long work is shown: one line for each step, with percent and seconds while it goes on where that can be seen. */

const EVERY_MS = 1000;

/**
 * Runs one step of the set-up and shows it. The work may tell how far it is, in percent.
 *
 * @template T
 * @param {string} title
 * @param {(tell: (percent: number) => void) => Promise<T>} work
 * @param {import('node:stream').Writable & { isTTY?: boolean }} out
 * @returns {Promise<T>}
 */
export async function step(title, work, out = process.stdout) {
  const start = performance.now();
  let percent = -1;
  let told = 0;
  const line = () => {
    const seconds = Math.round((performance.now() - start) / 1000);
    return `  ${title} …${percent >= 0 ? ` ${percent} %` : ''} ${seconds} s`;
  };
  const timer = out.isTTY ? setInterval(() => out.write(`\r${line()}`), EVERY_MS) : undefined;
  if (!out.isTTY) out.write(`  ${title} …\n`);
  try {
    return await work((now) => {
      percent = Math.floor(now);
      if (out.isTTY || percent < told + 10) return;
      told = percent - (percent % 10);
      out.write(`${line()}\n`);
    });
  } finally {
    clearInterval(timer);
    percent = -1;
    out.write(`${out.isTTY ? '\r\u001b[K' : ''}${line().replace('… ', 'took ')}\n`);
  }
}
