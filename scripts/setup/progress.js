// @ts-check
/** Tells what is being done and how far it is: one line that changes on a terminal, else a line now and then. */

const CLEAR_LINE = '\r\x1b[2K';
/** Without a terminal: how often it is told that work goes on, in milliseconds. */
const QUIET_MS = 30_000;
/** Without a terminal: after how much more of the work it is told again, in percent. */
const PERCENT_STEP = 10;

/**
 * @typedef {object} Output what progress writes to; `process.stdout` is one
 * @property {boolean} [isTTY]
 * @property {number} [columns]
 * @property {(text: string) => unknown} write
 */

/**
 * @typedef {object} Task
 * @property {(text: string, position?: string) => void} step begins a step; `position` is as `2/4`
 * @property {(percent: number) => void} percent how far the step is
 * @property {(text?: string) => void} end the work is done; says so with its seconds
 * @property {() => void} abandon the work failed: leaves the line, as what failed is told by whoever failed
 */

/**
 * Begins a piece of work that has to be told. One at a time.
 *
 * @param {string} title
 * @param {Output} [output]
 * @returns {Task}
 */
export function beginTask(title, output = process.stdout) {
  const write = output.isTTY ? rewrite(output) : append(output);
  const began = Date.now();
  let [text, position] = ['', ''];
  /** @type {number | undefined} */
  let percent;

  const seconds = () => Math.round((Date.now() - began) / 1000);
  const line = () => {
    const where = position && ` [${position}]`;
    const far = percent === undefined ? '' : ` ${percent} %`;
    return `${title}${where}: ${text}${far}${seconds() > 0 ? ` (${seconds()} s)` : ''}`;
  };
  const timer = setInterval(() => write.passing(line()), 1000);
  timer.unref();

  return {
    step(newText, newPosition = '') {
      [text, position, percent] = [newText, newPosition, undefined];
      write.news(line());
    },
    percent(value) {
      const before = percent;
      percent = Math.max(0, Math.min(100, Math.floor(value)));
      if (percent === before) return;
      const isNews =
        before === undefined || Math.floor(percent / PERCENT_STEP) > Math.floor(before / PERCENT_STEP);
      if (isNews) write.news(line());
      else write.passing(line());
    },
    end(result = 'ready') {
      clearInterval(timer);
      write.last(`${title}: ${result} after ${seconds()} s`);
    },
    abandon() {
      clearInterval(timer);
      write.last('');
    },
  };
}

/** @param {Output} output */
function rewrite(output) {
  /** @param {string} line */
  const show = (line) => {
    // A line that wraps could not be cleared.
    output.write(CLEAR_LINE + line.slice(0, (output.columns || 80) - 1));
  };
  return {
    news: show,
    passing: show,
    /** @param {string} line */
    last: (line) => output.write(CLEAR_LINE + (line && `${line}\n`)),
  };
}

/** @param {Output} output */
function append(output) {
  let told = Date.now();
  /** @param {string} line */
  const news = (line) => {
    told = Date.now();
    output.write(`${line}\n`);
  };
  return {
    news,
    /** @param {string} line */
    passing: (line) => {
      if (Date.now() - told >= QUIET_MS) news(line);
    },
    /** @param {string} line */
    last: (line) => {
      if (line) news(line);
    },
  };
}
