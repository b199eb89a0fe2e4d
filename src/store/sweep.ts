import type { DatabaseSync } from 'node:sqlite';
import type { Database } from './database.ts';

/**
 * Deletes what is of no use any more, in steps: each is a commit of its own, and the server does other things between two
 * of them. Resolves when a step has deleted nothing.
 * @param step returns how many rows it has deleted
 */
export async function sweepInSteps(database: Database, step: (sql: DatabaseSync) => number): Promise<void> {
  while ((await database.write(step)) > 0);
}
