import { expect, test } from 'vitest';
import { grantsOf, requireGrant } from '../../../src/auth/grants.ts';

const guest = ['publish:mic', 'publish:camera', 'subscribe', 'chat', 'data'];

test.each([
  ['host', [...guest, 'publish:screen', 'moderate', 'invite']],
  ['presenter', [...guest, 'publish:screen']],
  ['guest', guest],
  ['viewer', ['subscribe', 'chat']],
  ['agent', [...guest, 'calls']],
  ['anything', guest],
  ['HOST', guest],
  ['constructor', guest],
  ['__proto__', guest],
  ['', guest],
])('the grants of %j', (userType, grants) => {
  expect([...grantsOf(userType)].sort()).toEqual([...grants].sort());
});

test('a token takes from its type', () => {
  expect([...grantsOf('host', ['chat', 'subscribe'])].sort()).toEqual(['chat', 'subscribe']);
  expect(grantsOf('host', []).size).toBe(0);
});

test('a token adds nothing to its type', () => {
  expect([...grantsOf('viewer', ['moderate', 'publish:mic', 'chat', 'fly'])]).toEqual(['chat']);
});

test('what one changes is not seen by the next', () => {
  (grantsOf('viewer') as Set<string>).add('moderate');
  expect(grantsOf('viewer').has('moderate')).toBe(false);
});

test('a missing grant is refused by its name', () => {
  expect(() => requireGrant({ grants: grantsOf('agent') }, 'calls')).not.toThrow();
  expect(() => requireGrant({ grants: grantsOf('host') }, 'calls')).toThrow(
    expect.objectContaining({ code: 'forbidden', message: 'requires the grant `calls`' }),
  );
});
