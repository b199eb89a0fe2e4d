// @ts-check
/** Which Node runs server and tests: this one where it is new enough, else one from npm. */
import { join } from 'node:path';
import { cacheFolder, MACHINE } from './project.js';

/**
 * The first minor version of each major that runs TypeScript as it is, and lets a server answer `Upgrade: h2c` as the
 * plain request that it also is (`shouldUpgradeCallback`). Major versions above have both.
 */
const FIRST_MINOR = new Map([
  [22, 21],
  [24, 9],
]);
/** The major version that is taken from npm. */
export const MAJOR = 24;
/** Where a Node from npm has its program. */
export const PROGRAM = join('bin', 'node');

/**
 * The path of the Node that runs the server. It is there once `ensureNode` was.
 *
 * @returns {string}
 */
export function chosenNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  return join(keptFolder(), PROGRAM);
}

/** @param {string} version as `22.21.0` */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MAJOR || minor >= (FIRST_MINOR.get(major) ?? Number.POSITIVE_INFINITY);
}

/** The folder of the user's cache that holds the Node from npm. */
export function keptFolder() {
  return join(cacheFolder(), 'node', `${MAJOR}-${MACHINE}`);
}
