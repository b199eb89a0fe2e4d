/** Roles: the type that a host gives, within what the token is narrowed to. */
import { expect, test } from 'vitest';
import type { Identity } from '../../../src/auth/claims.ts';
import { grantsOf } from '../../../src/auth/grants.ts';
import type { Grant } from '../../../src/protocol/grants.ts';
import { Role } from '../../../src/rooms/role.ts';

function claims(userType: string, narrowedTo?: Grant[]): Identity {
  return {
    userId: 'ann',
    name: 'Ann',
    room: 'red',
    userType,
    grants: grantsOf(userType, narrowedTo),
    expiresAt: 0,
    ...(narrowedTo && { narrowedTo }),
  };
}

test('a guest that is made a host has its grants, and loses them again', () => {
  const role = new Role(claims('guest'));
  const raised = role.give('host');
  expect(raised.gained).toEqual(new Set(['publish:screen', 'moderate', 'invite']));
  expect(role.identity).toMatchObject({ userType: 'host', grants: grantsOf('host') });
  expect(role.claims.userType).toBe('guest');
  expect(role.give('viewer').gained).toEqual(new Set());
  expect(role.identity.grants).toEqual(grantsOf('viewer'));
  expect(role.give('guest').after).toEqual(claims('guest'));
});

test('no type gives more than the token is narrowed to', () => {
  const role = new Role(claims('guest', ['subscribe', 'chat', 'publish:screen']));
  role.give('host');
  expect(role.identity.grants).toEqual(new Set(['subscribe', 'chat', 'publish:screen']));
});

test('the type that a host gave outlives a new token; without one the new token counts', () => {
  const lowered = new Role(claims('presenter'));
  lowered.give('viewer');
  lowered.renew(claims('host'));
  expect(lowered.identity.userType).toBe('viewer');
  const free = new Role(claims('guest'));
  const change = free.renew({ ...claims('presenter'), name: 'Anna' });
  expect(change.gained).toEqual(new Set(['publish:screen']));
  expect(free.identity).toMatchObject({ name: 'Anna', userType: 'presenter' });
});
