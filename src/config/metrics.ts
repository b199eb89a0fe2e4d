/** Who may read the metrics, and where. */
import { KEY } from '../auth/weak-secrets.ts';
import type { EnvReader } from '../lib/env-reader.ts';
import { checkSecret } from './secrets.ts';
import { parseServerAddress, type ServerAddress } from './server-address.ts';

export interface MetricsConfig {
  /** What readers show as `Authorization: Bearer`. */
  readonly token: string | undefined;
  /** A listener for the metrics alone. Without one they are served beside everything else. */
  readonly address: ServerAddress | undefined;
}

export function readMetrics(read: EnvReader): MetricsConfig {
  const token = read.text('METRICS_TOKEN');
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    read.fault('METRICS_TOKEN', 'must be one word of printable ASCII, as it stands in a header');
  } else {
    checkSecret(read, 'METRICS_TOKEN', token, KEY);
  }
  return { token, address: readAddress(read) };
}

function readAddress(read: EnvReader): ServerAddress | undefined {
  if (read.text('METRICS_ADDR') === undefined) return undefined;
  return read.parsed('METRICS_ADDR', ':0', 'must be ":port" or "host:port"', parseServerAddress);
}
