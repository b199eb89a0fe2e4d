/** `npm run keys`, on a database of its own. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../../scripts/keys.ts');

function keysIn(folder: string) {
  return async (...args: string[]): Promise<string> => {
    const options = { env: { ...process.env, DATA_DIR: folder } };
    const run = promisify(execFile)(process.execPath, ['--no-warnings', SCRIPT, ...args], options);
    return (await run).stdout.trim();
  };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aq-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('makes, lists, rotates and revokes keys', async () => {
  const keys = keysIn(temporaryFolder());
  const text = await keys(
    'create',
    'shop',
    '--rights',
    'read,tokens',
    '--room-prefix',
    'shop-',
    '--expires',
    '1h',
  );
  expect(text).toMatch(/^aqk_[0-9a-f]{12}_[\w-]{43}$/);
  const [, id = ''] = text.split('_');
  expect(JSON.parse(await keys('list', '--json'))).toMatchObject({
    id,
    name: 'shop',
    rights: ['tokens', 'read'],
    roomPrefix: 'shop-',
  });
  expect(await keys('list')).not.toContain(text.slice(-43));
  await expect(keys('create', 'shop', '--rights', 'read')).rejects.toMatchObject({ code: 1 });
  expect(await keys('rotate', id)).toMatch(new RegExp(`^aqk_${id}_(?!${text.slice(-43)})`));
  await keys('revoke', id);
  expect(await keys('list')).toContain('revoked=');
  await expect(keys('revoke', id)).rejects.toMatchObject({ code: 1 });
  await expect(keys('rotate', id)).rejects.toMatchObject({ code: 1 });
  expect(await keys('create', 'shop', '--rights', 'read')).toMatch(/^aqk_/);
});

test.each([
  [[]],
  [['destroy']],
  [['create', 'x']],
  [['create', 'x', '--rights', 'root']],
  [['create', 'a\nb', '--rights', 'read']],
  [['create', 'x', '--rights', 'read', '--expires', 'soon']],
])('refuses %j', async (args) => {
  await expect(keysIn(temporaryFolder())(...args)).rejects.toMatchObject({ code: 2 });
});
