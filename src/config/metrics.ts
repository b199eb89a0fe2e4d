/** Who may read the metrics, and where. */
import type { EnvReader } from '../lib/env-reader.ts';
import { checkStrength } from './auth.ts';
import { parseServerAddress, type ServerAddress } from './server-address.ts';

export interface MetricsConfig {
  /** What readers show as `Authorization: Bearer`. */
  readonly token: string | undefined;
  /** A listener for the metrics alone. Without one they are served beside everything else. */
  readonly address: ServerAddress | undefined;
}

export function readMetrics(read: EnvReader, production: boolean): MetricsConfig {
  const token = read.text('METRICS_TOKEN');
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    read.fault('METRICS_TOKEN', 'must be one word of printable ASCII, as it stands in a header');
  } else if (token !== undefined && production) {
    checkStrength(read, 'METRICS_TOKEN', token);
  }
  return { token, address: readAddress(read) };
}

function readAddress(read: EnvReader): ServerAddress | undefined {
  if (read.text('METRICS_ADDR') === undefined) return undefined;
  return read.parsed('METRICS_ADDR', ':0', 'must be ":port" or "host:port"', parseServerAddress);
}
