import { appendFile, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { SampleLog } from '../../../scripts/bench/sample-log.ts';
import { temporaryFolder } from '../../support/scripts.ts';

const sample = { run: 0, rtt: 100, variant: 'short', ms: 42 };
const file = async () => join(await temporaryFolder(), 'samples.jsonl');

test('a bench that goes on finds what was measured before', async () => {
  const log = await SampleLog.open<typeof sample>(await file());
  expect(log.get(sample)).toBeUndefined();
  await log.add(sample);
  const again = await SampleLog.open<typeof sample>(log.file);
  expect(again.get({ run: 0, rtt: 100, variant: 'short' })).toEqual(sample);
});

test.for([
  ['run', { run: 1 }],
  ['round trip', { rtt: 0 }],
  ['variant', { variant: 'warm' }],
] as const)('a sample of another %s is another sample', async ([, change]) => {
  const log = await SampleLog.open<typeof sample>(await file());
  await log.add(sample);
  expect(log.get({ ...sample, ...change })).toBeUndefined();
});

test('half a line, as a bench leaves that was killed, is left out, and spoils none after it', async () => {
  const log = await SampleLog.open<typeof sample>(await file());
  await log.add(sample);
  await appendFile(log.file, '{"run":1,"rtt":1');
  const again = await SampleLog.open<typeof sample>(log.file);
  await again.add({ ...sample, run: 2 });
  const last = await SampleLog.open<typeof sample>(log.file);
  expect(last.get(sample)).toEqual(sample);
  expect(last.get({ ...sample, run: 2 })).toEqual({ ...sample, run: 2 });
  expect((await readFile(log.file, 'utf8')).split('\n')).toHaveLength(4);
});

test('a bench that is done leaves no file', async () => {
  const log = await SampleLog.open<typeof sample>(await file());
  await log.add(sample);
  await log.remove();
  expect(await readdir(dirname(log.file))).toEqual([]);
});
