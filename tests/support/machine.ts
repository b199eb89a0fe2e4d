/** What the machine does to a test: the noise that a measurement is compared with. */
import { readFile } from 'node:fs/promises';

/**
 * How many UDP datagrams this machine has dropped since it started, because nobody had the time to read them. 0 on a system
 * that does not tell.
 */
export async function droppedDatagrams(): Promise<number> {
  const text = await readFile('/proc/net/snmp', 'utf8').catch(() => '');
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith('Udp:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('RcvbufErrors')] ?? 0);
}
