/**
 * `npm run bench:join`: how long it takes until somebody who joins sees those who are there, and how many round trips.
 * It appends to `docs/benchmarks.md`. Options: `--runs 7`, `--rtts 0,50,100,200`, `--variants short,warm,classic`,
 * `--no-write` to append nothing, and `--samples FILE` for where each sample is kept as it is measured: a bench that was
 * ended goes on from there.
 */
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { launch } from '../../tests/support/browser.ts';
import { calm } from './calm.ts';
import { appendEntry, environment } from './document.ts';
import { type FarServer, startFarServer } from './far-server.ts';
import { measure, publish } from './join-run.ts';
import { plot } from './plot.ts';
import { type Sample, spread, tables, verdicts } from './report.ts';
import { type SampleKey, SampleLog } from './sample-log.ts';
import { VARIANTS, type Variant } from './variants.ts';

interface Plan {
  readonly runs: number;
  readonly rtts: readonly number[];
  readonly variants: readonly Variant[];
  readonly write: boolean;
  readonly samples: string;
}

type Kept = Sample & SampleKey;

const PLOT = 'join.svg';
/** How long a measurement waits for the machine to be calm, in milliseconds. */
const PATIENCE_MS = 3000;

const plan = readPlan();
const log = await SampleLog.open<Kept>(plan.samples);
const loads = [loadavg()[0] ?? 0];
const server = await startFarServer();
const browsers = [await launch(), await launch()] as const;
try {
  const samples = await measureAll(plan, server, browsers);
  loads.push(loadavg()[0] ?? 0);
  await report(plan, samples, browsers[0].version());
  await log.remove();
} finally {
  for (const browser of browsers) await browser.close();
  await server.close();
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '7' },
      rtts: { type: 'string', default: '0,50,100,200' },
      variants: { type: 'string', default: VARIANTS.map(({ name }) => name).join() },
      write: { type: 'boolean', default: true },
      samples: { type: 'string', default: join(tmpdir(), 'aq-bench-join.jsonl') },
    },
    allowNegative: true,
  });
  const names = values.variants.split(',');
  const variants = names.map((name) => {
    const variant = VARIANTS.find((each) => each.name === name);
    if (!variant) throw new Error(`there is no variant ${name}`);
    return variant;
  });
  return {
    runs: Number(values.runs),
    rtts: values.rtts.split(',').map(Number),
    variants,
    write: values.write,
    samples: values.samples,
  };
}

/**
 * Interleaved, so that what disturbs the machine for a while disturbs all alike. What the log has is not measured again.
 */
async function measureAll(
  { runs, rtts, variants }: Plan,
  far: FarServer,
  browsers: readonly [Browser, Browser],
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let run = 0; run < runs; run++) {
    for (const rtt of rtts) {
      const kept = variants.flatMap(({ name }) => log.get({ run, rtt, variant: name }) ?? []);
      const missing = variants.filter(({ name }) => !kept.some(({ variant }) => variant === name));
      samples.push(...kept);
      if (missing.length === 0) continue;
      const turn = run % missing.length;
      const inTurn = [...missing.slice(turn), ...missing.slice(0, turn)];
      samples.push(...(await measureEach(inTurn, { run, rtt, far, browsers })));
    }
  }
  return samples;
}

/** One publisher, whom each variant joins. */
async function measureEach(
  variants: readonly Variant[],
  setting: { run: number; rtt: number; far: FarServer; browsers: readonly [Browser, Browser] },
): Promise<Sample[]> {
  const { run, rtt, far, browsers } = setting;
  const samples: Sample[] = [];
  far.setRtt(rtt);
  const publisher = await publish(browsers[0], far, `bench-${run}-${rtt}`);
  for (const variant of variants) {
    const wasCalm = await calm(PATIENCE_MS);
    const measures = await measure(browsers[1], far, publisher, variant);
    const sample = { run, rtt, variant: variant.name, measures, calm: wasCalm };
    samples.push(sample);
    await log.add(sample);
    console.log(
      `run ${run + 1}, ${rtt} ms, ${variant.name}: ${JSON.stringify(measures)}${wasCalm ? '' : ' (busy)'}`,
    );
  }
  await publisher.context.close();
  return samples;
}

async function report({ runs, rtts, variants, write }: Plan, samples: Sample[], chromium: string) {
  const entry = `## Joining, ${new Date().toISOString().slice(0, 10)}

\`npm run bench:join\`, ${runs} runs, interleaved; median (minimum–maximum). ${environment(chromium, loads)}.
Of ${samples.length} joins, ${samples.filter((sample) => !sample.calm).length} were measured while the machine was busy with something else.
${verdicts(samples, rtts).join(' ')}

${variants.map(({ name, what }) => `- \`${name}\`: ${what}`).join('\n')}

${tables(samples, variants, rtts)}
![Time to the first picture over the round trip](${PLOT})
`;
  console.log(`\n${entry}`);
  if (write) await appendEntry(entry, { name: PLOT, svg: drawing(samples, rtts, variants) });
}

function drawing(samples: Sample[], rtts: readonly number[], variants: readonly Variant[]): string {
  const lines = variants.map(({ name, client }) => {
    const points = rtts.flatMap((x) => {
      const found = spread(samples, name, x, client === 'warm' ? 'join' : 'open');
      return found ? [{ x, y: found.median, min: found.min, max: found.max }] : [];
    });
    return { name, points };
  });
  return plot(lines, {
    title: 'Joining: from the open socket (warm: from the click) to the first picture',
    x: 'round trip, ms',
    y: 'ms, median with minimum and maximum',
  });
}
