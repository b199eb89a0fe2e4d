import type { EnvReader } from '../lib/env-reader.ts';

export type Environment = 'development' | 'production';

export function readEnvironment(read: EnvReader): Environment {
  return read.oneOf('ENVIRONMENT', ['development', 'production'], 'development');
}

/** Whether `ENVIRONMENT` is production, for checks that apply only there. */
export function isProduction(read: EnvReader): boolean {
  return read.text('ENVIRONMENT')?.trim() === 'production';
}
