/** The one check of all secrets in the configuration. */
import { type SecretRule, weaknessOf } from '../auth/weak-secrets.ts';
import type { EnvReader } from '../lib/env-reader.ts';
import { isProduction } from './environment.ts';

/** Notes a secret that is weak: a fault in production, a warning in development. */
export function checkSecret(
  read: EnvReader,
  name: string,
  secret: string | undefined,
  rule: SecretRule,
): void {
  const weakness = secret === undefined ? undefined : weaknessOf(secret, rule);
  if (weakness === undefined) return;
  if (isProduction(read)) read.fault(name, weakness);
  else read.warn(name, `${weakness}; production refuses it`);
}
