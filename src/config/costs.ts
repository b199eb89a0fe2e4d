/** The variables that limit what one user may ask for in a minute. */
import type { EnvReader } from '../lib/env-reader.ts';

export interface CostsConfig {
  readonly produce: number;
  readonly pause: number;
  readonly update: number;
  readonly consumer: number;
  readonly layers: number;
  readonly connect: number;
  readonly act: number;
  readonly token: number;
  readonly chat: number;
  readonly hint: number;
  readonly list: number;
}

export function readCosts(read: EnvReader): CostsConfig {
  const perMinute = (name: string, fallback: number) => read.integer(name, fallback, 1, 1_000_000);
  return Object.freeze({
    produce: perMinute('PRODUCES_PER_MINUTE', 30),
    pause: perMinute('PAUSES_PER_MINUTE', 120),
    update: perMinute('UPDATES_PER_MINUTE', 300),
    consumer: perMinute('CONSUMERS_PER_MINUTE', 6000),
    layers: perMinute('LAYERS_PER_MINUTE', 6000),
    connect: perMinute('CONNECTS_PER_MINUTE', 60),
    act: perMinute('ACTS_PER_MINUTE', 600),
    token: perMinute('TOKENS_PER_MINUTE', 20),
    chat: perMinute('CHAT_PER_MINUTE', 60),
    hint: perMinute('HINTS_PER_MINUTE', 60),
    list: perMinute('LISTS_PER_MINUTE', 60),
  });
}
