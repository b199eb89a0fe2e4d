import { expect, test } from 'vitest';
import { startProcess } from '../support/process.ts';

test('whoever starts it to try it out is told where it is, and that cameras elsewhere need HTTPS', async () => {
  const { output, url } = await startProcess({ ENVIRONMENT: 'development' });
  await expect.poll(output).toContain(`Open ${url}/`);
  await expect
    .poll(output)
    .toContain('On other machines browsers give camera and microphone only to pages over HTTPS.');
});

test('in production it says nothing beside its log', async () => {
  const { child, exited, output } = await startProcess();
  child.kill('SIGTERM');
  await exited;
  for (const line of output().trim().split('\n')) expect(() => JSON.parse(line), line).not.toThrow();
});
