/** A call between Firefox and Chromium, in a network of their own. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { FIREFOX } from '../support/firefox.ts';
import type { Received } from '../support/firefox-call.ts';
import { runInNamespace, whyNoNamespace } from '../support/network-namespace.ts';

const CALL = fileURLToPath(new URL('../support/firefox-call.ts', import.meta.url));

/** Why there can be no such call on this machine. */
async function whyNot(): Promise<string | undefined> {
  if (!existsSync(FIREFOX)) return `there is no Firefox at ${FIREFOX}: on Debian it is "firefox-esr"`;
  return whyNoNamespace();
}

async function call(
  options: readonly string[],
  signal: AbortSignal,
): Promise<Record<'inChromium' | 'inFirefox', Received>> {
  const { status, output } = await runInNamespace(process.execPath, [CALL, ...options], signal);
  if (status !== 0) throw new Error(`the call ended with ${status}: ${output}`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

test.for([
  { browsers: 'that tell their certificates ahead', options: [], toldFingerprintsAhead: true },
  {
    browsers: 'that cannot, where each transport connects by itself',
    options: ['--without-certificates'],
    toldFingerprintsAhead: false,
  },
])(
  'Firefox and Chromium see, hear and read each other: browsers $browsers',
  { timeout: 120_000 },
  async (variant, { skip, signal }) => {
    const reason = await whyNot();
    if (reason) {
      console.warn(`No call with Firefox: ${reason}`);
      skip(reason);
    }
    const { inChromium, inFirefox } = await call(variant.options, signal);
    for (const { frames, audioEnergy, chat, toldFingerprintsAhead } of [inChromium, inFirefox]) {
      expect(frames).toBeGreaterThanOrEqual(30);
      expect(audioEnergy).toBeGreaterThan(0.01);
      expect(chat).toBe('hello');
      expect(toldFingerprintsAhead).toBe(variant.toldFingerprintsAhead);
    }
  },
);
