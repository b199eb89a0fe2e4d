/** Firefox as a client of `src/sdp`, in a network of its own: its ICE leaves loopback out. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { FIREFOX } from '../support/firefox.ts';
import { runInNamespace, whyNoNamespace } from '../support/network-namespace.ts';
import type { FirefoxTrial } from '../support/sdp-clients/firefox-trial.ts';

const TRIAL = fileURLToPath(new URL('../support/sdp-clients/firefox-trial.ts', import.meta.url));

test('Firefox publishes by WHIP and plays by WHEP', { timeout: 150_000 }, async ({ skip, signal }) => {
  if (!existsSync(FIREFOX)) skip(`there is no Firefox at ${FIREFOX}`);
  const reason = await whyNoNamespace();
  if (reason) skip(reason);
  const { status, output } = await runInNamespace(process.execPath, [TRIAL], signal);
  if (status !== 0) throw new Error(`the trial ended with ${status}: ${output}`);
  const line = output.split('\n').findLast((text) => text.startsWith('{"published"'));
  const { published, played }: FirefoxTrial = JSON.parse(line ?? '{}');
  for (const counts of [published, played]) {
    expect(counts.audio, output).toBeGreaterThanOrEqual(20);
    expect(counts.video, output).toBeGreaterThanOrEqual(20);
  }
});
