import { spawn } from 'node:child_process';

/** How much of what a command wrote is told when it fails. */
const LAST_LINES = 25;

/**
 * Runs a command quietly. Resolves to what it wrote; rejects with the last lines of that when it fails.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { onLine?: (line: string) => void }} options
 * @returns {Promise<string>}
 */
export function run(command, args, { onLine = () => {}, ...options } = {}) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let rest = '';
  const take = (/** @type {Buffer} */ chunk) => {
    output += chunk;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      if (status === 0) return resolve(output);
      const last = output.trim().split('\n').slice(-LAST_LINES).join('\n');
      reject(new Error(`${command} ended with ${status ?? signal}:\n${last}`));
    });
  });
}
