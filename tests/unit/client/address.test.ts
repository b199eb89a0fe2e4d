import { describe, expect, test } from 'vitest';
import { readAddress } from '../../../src/client/pages/room/address.ts';

const ORIGIN = 'https://calls.example';

function tokenOf(claims: object): string {
  return ['{}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
}

describe('the address of the page', () => {
  test('says nothing: the defaults', () => {
    expect(readAddress(`${ORIGIN}/`)).toEqual({
      room: 'default',
      name: '',
      userType: 'presenter',
      joinAtOnce: false,
      withoutToken: `${ORIGIN}/`,
    });
  });

  test('says all there is', () => {
    const { room, name, userType, joinAtOnce, token } = readAddress(
      `${ORIGIN}/?room=Stand%20up&name=Zo%C3%AB&user_type=viewer&join=1`,
    );
    expect([room, name, userType, joinAtOnce, token]).toEqual(['Stand up', 'Zoë', 'viewer', true, undefined]);
  });

  test.each([
    ['#token=a.b.c', 'a.b.c', ''],
    ['#token=a.b.c&lang=en', 'a.b.c', '#lang=en'],
    ['#lang=en', undefined, '#lang=en'],
    ['#token=', undefined, '#token='],
  ])('takes the token out of %s', (fragment, token, left) => {
    const address = readAddress(`${ORIGIN}/?join=1${fragment}`);
    expect(address.token).toBe(token);
    expect(address.withoutToken).toBe(`${ORIGIN}/?join=1${left}`);
  });

  test('a token in the query is none: it would be in logs', () => {
    expect(readAddress(`${ORIGIN}/?token=a.b.c`).token).toBeUndefined();
  });

  test('what the token says counts', () => {
    const token = tokenOf({ user_id: 'u1', name: 'Ünal', room: 'Büro', user_type: 'viewer' });
    const { room, name, userType } = readAddress(`${ORIGIN}/?room=other&name=other#token=${token}`);
    expect([room, name, userType]).toEqual(['Büro', 'Ünal', 'viewer']);
  });

  test('claims that are left out have the server’s defaults', () => {
    const { room, name, userType } = readAddress(`${ORIGIN}/#token=${tokenOf({ user_id: 'u1' })}`);
    expect([room, name, userType]).toEqual(['default', 'u1', 'guest']);
  });

  test.each([
    'x',
    'a.b.c',
    'a.!!!.c',
    `a.${Buffer.from('[').toString('base64url')}.c`,
  ])('a token that cannot be read (%s) is for the server to refuse', (token) => {
    const address = readAddress(`${ORIGIN}/?room=R&name=N#token=${token}`);
    expect([address.token, address.room, address.name]).toEqual([token, 'R', 'N']);
  });
});
