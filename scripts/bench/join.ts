/**
 * `npm run bench:join`: how long it takes until somebody who joins sees those who are there, and how many round trips.
 * `--runs 7 --rtts 0,50,100,200 --variants short,warm,classic --no-write`
 */
import { parseArgs } from 'node:util';
import { launch } from '../../tests/support/browser.ts';
import { startFarServer } from './far-server.ts';
import { measure, publish, type Times } from './join-run.ts';
import { VARIANTS } from './variants.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    rtts: { type: 'string', default: '0,50,100,200' },
    variants: { type: 'string', default: VARIANTS.map(({ name }) => name).join() },
  },
});
const rtts = values.rtts.split(',').map(Number);
const names = values.variants.split(',');
const variants = VARIANTS.filter(({ name }) => names.includes(name));
const server = await startFarServer();
const browsers = await Promise.all([launch(), launch()]);
const [first, second] = browsers;
const results: { variant: string; rtt: number; times: Times }[] = [];
try {
  for (let run = 0; run < Number(values.runs); run++) {
    for (const rtt of rtts) {
      server.setRtt(rtt);
      const publisher = await publish(first, server, `bench-${run}-${rtt}`);
      for (const variant of variants) {
        const times = await measure(second, server, publisher, variant);
        console.log(run, rtt, variant.name, JSON.stringify(times));
        results.push({ variant: variant.name, rtt, times });
      }
      await publisher.context.close();
    }
  }
} finally {
  for (const browser of browsers) await browser.close();
  await server.close();
}
