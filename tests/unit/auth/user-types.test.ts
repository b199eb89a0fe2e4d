import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { createUserTypeCheck } from '../../../src/auth/user-types.ts';

const lines: Record<string, unknown>[] = [];
const logger = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
beforeEach(() => {
  lines.length = 0;
});

test('an unknown type is logged once, and a known one never', () => {
  const check = createUserTypeCheck(logger);
  for (const type of ['host', 'moderator', 'guest', 'Host', 'moderator', 'presenter', 'viewer', 'agent'])
    check(type);
  expect(lines.map(({ userType }) => userType)).toEqual(['moderator', 'Host']);
});

test('of thousands some are logged, and that there are more', () => {
  const check = createUserTypeCheck(logger);
  for (let n = 0; n < 5000; n++) check(`type ${n}`);
  expect(lines).toHaveLength(51);
  expect(lines.at(-1)?.msg).toContain('further');
});
