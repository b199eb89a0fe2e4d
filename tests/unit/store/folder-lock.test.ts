import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FolderInUseError, FolderLock } from '../../../src/store/folder-lock.ts';
import { temporaryFolder } from '../../support/process.ts';

function acquire(folder: string): FolderLock {
  const lock = FolderLock.acquire(folder);
  onTestFinished(() => lock.release());
  return lock;
}

function refused(folder: string): FolderInUseError {
  try {
    acquire(folder);
  } catch (error) {
    if (error instanceof FolderInUseError) return error;
    throw error;
  }
  throw new Error('the folder is not locked');
}

test('the second one is told who has the folder, since when, and where that one listens', () => {
  const folder = join(temporaryFolder(), 'made', 'here');
  const lock = acquire(folder);
  const owner = { pid: process.pid, host: hostname(), since: expect.stringMatching(/^\d{4}-.*Z$/) };
  expect(refused(folder)).toMatchObject({ folder, owner });
  lock.announce('port 8080');
  expect(refused(folder).owner).toEqual({ ...owner, listens: 'port 8080' });
  expect(() => acquire(temporaryFolder())).not.toThrow();
});

test('a folder that was released can be locked again, and nothing says whose it was', () => {
  const folder = temporaryFolder();
  acquire(folder).release();
  expect(readdirSync(folder)).toEqual(['aq-server.lock']);
  acquire(folder);
});

test('what a killed process or a half-written file left behind is not believed', () => {
  const folder = temporaryFolder();
  acquire(folder);
  const file = join(folder, 'aq-server.owner.json');
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(file, JSON.stringify({ pid, host: hostname(), since: '' }));
  expect(refused(folder).owner).toBeUndefined();
  writeFileSync(file, JSON.stringify({ pid, host: 'another machine', since: '' }));
  expect(refused(folder).owner).toMatchObject({ pid });
  writeFileSync(file, '{"pid":');
  expect(refused(folder).owner).toBeUndefined();
});
