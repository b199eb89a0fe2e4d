/** The rules of a token: issue 2's list, RFC 8725, and the JWT threats of issue 3. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createTokenVerifier, MAX_TOKEN_LENGTH, mintToken } from '../../../src/auth/tokens.ts';
import { AppError } from '../../../src/lib/errors.ts';

const secret = 'a secret of these tests, with 32 bytes or more';
const now = 1_800_000_000;
const verifier = createTokenVerifier({
  secret,
  maxTtlSeconds: 3600,
  clockToleranceSeconds: 5,
  now: () => now * 1000,
});
const claims = { user_id: 'alice', exp: now + 60 };

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const hmac = (text: string, key = secret, hash = 'sha256') =>
  createHmac(hash, key).update(text).digest('base64url');

/** A token made by hand, signed with HS256 whatever its header says. */
function token(payload: unknown = claims, header: unknown = { alg: 'HS256', typ: 'JWT' }): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${hmac(signed)}`;
}

/** A token of these bytes, given as Latin-1, rightly signed. */
function signedBytes(header: string, payload: string): string {
  const signed = [header, payload].map((part) => Buffer.from(part, 'latin1').toString('base64url')).join('.');
  return `${signed}.${hmac(signed)}`;
}

/** The code that a token is refused with, or 'verified'. */
function outcome(text: string): string {
  try {
    verifier.verify(text);
    return 'verified';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

describe('a good token', () => {
  test('gives an identity with defaults', () => {
    expect(verifier.verify(token())).toEqual({
      userId: 'alice',
      name: 'alice',
      room: 'default',
      userType: 'guest',
      grants: new Set(['publish:mic', 'publish:camera', 'subscribe', 'chat', 'data']),
      expiresAt: now + 60,
    });
  });

  test('gives all that its claims say', () => {
    const full = {
      ...claims,
      name: 'Alice A.',
      email: 'alice@example.com',
      room: 'r1',
      user_type: 'host',
      grants: ['chat', 'moderate', 'fly'],
      iat: now - 10,
      nbf: now - 10,
      jti: 'j1',
      unknown: { deep: [] },
    };
    expect(verifier.verify(token(full))).toEqual({
      userId: 'alice',
      name: 'Alice A.',
      email: 'alice@example.com',
      room: 'r1',
      userType: 'host',
      grants: new Set(['chat', 'moderate']),
      narrowedTo: ['chat', 'moderate', 'fly'],
      issuedAt: now - 10,
      expiresAt: now + 60,
      tokenId: 'j1',
    });
  });

  test('may leave room, name and type empty', () => {
    const identity = verifier.verify(token({ ...claims, room: '', name: '', user_type: '', email: '' }));
    expect(identity).toMatchObject({ room: 'default', name: 'alice', userType: 'guest' });
    expect('email' in identity).toBe(false);
  });

  test('may have null in each claim that may be absent', () => {
    const empty = { name: null, email: null, room: null, user_type: null, grants: null, calls: null };
    const payload = { ...claims, ...empty, iat: null, nbf: null, jti: null };
    expect(verifier.verify(token(payload))).toEqual(verifier.verify(token()));
  });

  test('of an agent may have null for the connections or the numbers', () => {
    const calls = { connections: null, numbers: ['+15551234567'] };
    const identity = verifier.verify(token({ ...claims, user_type: 'agent', calls }));
    expect(identity.calls).toEqual({ numbers: ['+15551234567'] });
  });

  test('has its names brought to NFC', () => {
    expect(verifier.verify(token({ ...claims, user_id: 'e\u0301', room: 'o\u0308' }))).toMatchObject({
      userId: '\u00e9',
      room: '\u00f6',
    });
  });

  test.each([
    { alg: 'HS256' },
    { alg: 'HS256', typ: 'jwt' },
    { alg: 'HS256', typ: 'application/JWT' },
  ])('may have the header %j', (header) => expect(outcome(token(claims, header))).toBe('verified'));

  test('is what mintToken makes', () => {
    const subject = { user_id: 'bob', room: 'r2', user_type: 'viewer', name: undefined };
    const minted = mintToken(subject, { secret, ttlSeconds: 600, now: () => now * 1000 });
    expect(minted.expiresAt).toBe(now + 600);
    expect(verifier.verify(minted.token)).toMatchObject({
      userId: 'bob',
      room: 'r2',
      userType: 'viewer',
      issuedAt: now,
      expiresAt: now + 600,
    });
  });

  test('verifies with a secret that looks like a PEM key', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { token: minted } = mintToken({ user_id: 'a' }, { secret: pem, ttlSeconds: 60 });
    const withPem = createTokenVerifier({ secret: pem, maxTtlSeconds: 60, clockToleranceSeconds: 0 });
    expect(withPem.verify(minted).userId).toBe('a');
  });
});

describe('algorithms', () => {
  test.each([
    'none',
    'None',
    'NONE',
    'nOnE',
    'hs256',
    'Hs256',
    'HS384',
    'HS512',
    'RS256',
    'PS256',
    'ES256',
    'EdDSA',
  ])('a header that says %s is refused, signed or not', (alg) => {
    const signed = token(claims, { alg, typ: 'JWT' });
    expect(outcome(signed)).toBe('token_algorithm');
    expect(outcome(signed.replace(/[^.]+$/, ''))).toBe('token_algorithm');
  });

  test.each([
    undefined,
    null,
    '',
    'HS256 ',
    ' HS256',
    'HS256\0',
    256,
    true,
    ['HS256'],
    { HS256: true },
  ])('alg %j is refused', (alg) =>
    expect(outcome(token(claims, { alg, typ: 'JWT' }))).toBe('token_algorithm'));

  test.each([
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
  ])('a true %s signature with the right secret is refused', (alg, hash) => {
    const signed = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`;
    expect(outcome(`${signed}.${hmac(signed, secret, hash)}`)).toBe('token_algorithm');
  });

  test('a true RS256 and a true ES256 signature are refused', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    for (const [alg, key] of [['RS256', rsa] as const, ['ES256', ec] as const]) {
      const signed = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`;
      expect(outcome(`${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`)).toBe(
        'token_algorithm',
      );
    }
  });
});

describe('headers', () => {
  test.each([
    ['crit', ['b64']],
    ['crit', []],
    ['crit', ['exp']],
    ['crit', null],
    ['b64', false],
  ])('%s: %j is refused', (name, value) =>
    expect(outcome(token(claims, { alg: 'HS256', [name]: value }))).toBe('token_malformed'));

  test.each([
    'at+jwt',
    'secevent+jwt',
    'application/at+jwt',
    'JOSE',
    'JWE',
    '',
    null,
    1,
    ['JWT'],
  ])('a token of the kind %j is refused', (typ) =>
    expect(outcome(token(claims, { alg: 'HS256', typ }))).toBe('token_malformed'));

  test('a key that the header brings or names is not used', () => {
    const theirs = 'the secret of somebody else, long enough';
    const jwk = { kty: 'oct', k: Buffer.from(theirs).toString('base64url') };
    const url = 'http://127.0.0.1:1/keys';
    const header = { alg: 'HS256', jwk, jku: url, x5u: url, x5c: ['AAAA'], kid: '../../dev/null' };
    const signed = `${encode(header)}.${encode(claims)}`;
    expect(outcome(`${signed}.${hmac(signed, theirs)}`)).toBe('token_signature');
    expect(outcome(token(claims, header))).toBe('verified');
  });

  test.each([null, [], 'HS256', 1, true])('a header that is %j is refused', (header) => {
    expect(outcome(token(claims, header))).toBe('token_malformed');
  });
});

describe('shape', () => {
  const good = token();
  const [header = '', payload = '', signature = ''] = good.split('.');

  test('nothing is no token', () => expect(outcome('')).toBe('token_missing'));

  test.each([
    ['one part', header],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${good}.${signature}`],
    ['the five parts of a JWE', `${good}.${signature}.${signature}`],
    ['an empty last part more', `${good}.`],
    ['an empty part before', `.${good}`],
    ['no header', `.${payload}.${signature}`],
    ['no payload', `${header}..${signature}`],
    ['dots alone', '..'],
    ['padding', `${header}.${payload}.${signature}=`],
    ['a space before', ` ${good}`],
    ['a line end after', `${good}\n`],
    ['a space within', `${header}. ${payload}.${signature}`],
    ['a NUL after', `${good}\0`],
    ['plain base64 letters', `${header}.${payload}.${signature.slice(0, -1)}+`],
    ['a letter outside of ASCII', `${header}.${payload}.${signature}\u00e9`],
    ['a header that is no JSON', `${Buffer.from('{').toString('base64url')}.${payload}.${signature}`],
    ['a header that is no UTF-8', signedBytes('{"alg":"HS256","x":"\xff"}', JSON.stringify(claims))],
    ['a payload that is no UTF-8', signedBytes('{"alg":"HS256"}', `{"user_id":"\xff","exp":${now + 60}}`)],
    ['a payload that is no JSON', signedBytes('{"alg":"HS256"}', 'alice')],
  ])('%s is refused', (_, text) => expect(outcome(text)).toBe('token_malformed'));

  test('a signature in another spelling of the same bytes is refused', () => {
    // 43 characters carry 258 bits for 256: the last two may be anything to a careless decoder.
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = letters.indexOf(signature.slice(-1));
    for (const other of [1, 2, 3]) {
      const respelt = signature.slice(0, -1) + letters[last ^ other];
      expect(Buffer.from(respelt, 'base64url')).toEqual(Buffer.from(signature, 'base64url'));
      expect(outcome(`${header}.${payload}.${respelt}`)).toBe('token_malformed');
    }
  });

  test('the longest token is looked at, and one character more is not', () => {
    const fill = (length: number) => {
      const text = token({ ...claims, fill: 'x'.repeat(length) });
      return { text, code: outcome(text) };
    };
    let fits = '';
    for (let length = 5900; fits.length <= MAX_TOKEN_LENGTH; length++) {
      const { text, code } = fill(length);
      expect(code).toBe(text.length <= MAX_TOKEN_LENGTH ? 'verified' : 'token_malformed');
      fits = text;
    }
  });

  test.each([null, [], [claims], 'alice', 1, true])('a payload that is %j is refused', (value) => {
    expect(outcome(token(value))).toBe('token_malformed');
  });
});

describe('signature', () => {
  const good = token();

  test.each([
    ['another secret', (signed: string) => hmac(signed, 'another secret')],
    ['an empty secret', (signed: string) => hmac(signed, '')],
    ['no signature', () => ''],
    ['a short signature', (signed: string) => hmac(signed).slice(0, 40)],
    ['a long signature', (signed: string) => `${hmac(signed)}AAAA`],
    ['the signature of the payload alone', (signed: string) => hmac(signed.split('.')[1] ?? '')],
  ])('%s is refused', (_, forge) => {
    const signed = good.split('.').slice(0, 2).join('.');
    expect(outcome(`${signed}.${forge(signed)}`)).toBe('token_signature');
  });

  test('another payload under the same signature is refused', () => {
    const [header, , signature] = good.split('.');
    expect(outcome(`${header}.${encode({ ...claims, user_id: 'mallory' })}.${signature}`)).toBe(
      'token_signature',
    );
  });

  test('a bad signature is told before an expiry', () => {
    const [header, , signature] = good.split('.');
    expect(outcome(`${header}.${encode({ ...claims, exp: 1 })}.${signature}`)).toBe('token_signature');
  });

  test('there is no verifier and no token without a secret', () => {
    expect(() => createTokenVerifier({ secret: '', maxTtlSeconds: 1, clockToleranceSeconds: 0 })).toThrow(
      TypeError,
    );
    expect(() => mintToken({ user_id: 'a' }, { secret: '', ttlSeconds: 1 })).toThrow(TypeError);
  });
});

describe('times', () => {
  test.each([
    ['expires in a second', { exp: now + 1 }, 'verified'],
    ['expired within the tolerance', { exp: now - 4 }, 'verified'],
    ['expired at the tolerance', { exp: now - 5 }, 'token_expired'],
    ['expired long ago', { exp: 0 }, 'token_expired'],
    ['expired before 1970', { exp: -1 }, 'token_expired'],
    ['has a fraction of a second left', { exp: now - 4.5 }, 'verified'],
    ['is active now', { nbf: now }, 'verified'],
    ['is active within the tolerance', { nbf: now + 5 }, 'verified'],
    ['is active beyond the tolerance', { nbf: now + 6 }, 'token_not_active'],
    ['was issued within the tolerance', { iat: now + 5 }, 'verified'],
    ['was issued in the future', { iat: now + 6 }, 'token_not_active'],
    ['lives as long as allowed', { iat: now, exp: now + 3600 }, 'verified'],
    ['lives a second longer', { iat: now, exp: now + 3601 }, 'token_lifetime'],
    ['was issued long ago for too long', { iat: now - 3600, exp: now + 1 }, 'token_lifetime'],
    ['lives as long as allowed, by a clock ahead', { iat: now + 5, exp: now + 3605 }, 'verified'],
    ['lives too long from now, without iat', { exp: now + 3606 }, 'token_lifetime'],
    ['lives forever', { exp: 1e300 }, 'token_lifetime'],
  ])('a token that %s: %j is %s', (_, times, code) => {
    expect(outcome(token({ ...claims, ...times }))).toBe(code);
  });

  test('the clock of the machine is the default', () => {
    const real = createTokenVerifier({ secret, maxTtlSeconds: 60, clockToleranceSeconds: 0 });
    const { token: minted, expiresAt } = mintToken({ user_id: 'a' }, { secret, ttlSeconds: 60 });
    expect(real.verify(minted).expiresAt).toBe(expiresAt);
    expect(Math.abs(expiresAt - 60 - Date.now() / 1000)).toBeLessThan(5);
  });
});

describe('claims', () => {
  const long = 'x'.repeat(129);

  test.each([
    ['user_id', undefined],
    ['user_id', ''],
    ['user_id', null],
    ['user_id', 7],
    ['user_id', ['alice']],
    ['user_id', long],
    ['user_id', 'a\nb'],
    ['user_id', 'a\u0000b'],
    ['user_id', 'a\u0085b'],
    ['exp', undefined],
    ['exp', null],
    ['exp', String(now + 60)],
    ['exp', [now + 60]],
    ['exp', true],
    ['iat', String(now)],
    ['nbf', String(now)],
    ['nbf', {}],
    ['room', 7],
    ['room', long],
    ['room', 'a\tb'],
    ['user_type', 7],
    ['user_type', ['host']],
    ['user_type', long],
    ['name', {}],
    ['name', 'a\u001bb'],
    ['email', 7],
    ['email', 'x'.repeat(321)],
    ['grants', 'chat'],
    ['grants', { chat: true }],
    ['grants', [7]],
    ['jti', 7],
    ['jti', 'x'.repeat(257)],
  ])('%s: %j is refused by name', (name, value) => {
    const text = token({ ...claims, [name]: value });
    expect(outcome(text)).toBe('token_claims');
    expect(() => verifier.verify(text)).toThrow(`the claim ${name} `);
  });

  test('an exp of 1e999 is refused', () => {
    const header = encode({ alg: 'HS256' });
    const payload = Buffer.from('{"user_id":"alice","exp":1e999}').toString('base64url');
    expect(outcome(`${header}.${payload}.${hmac(`${header}.${payload}`)}`)).toBe('token_claims');
  });

  test('names of 128 characters are taken, whatever they are', () => {
    const name = '\u{1f600}'.repeat(128);
    expect(verifier.verify(token({ ...claims, user_id: name, room: name }))).toMatchObject({
      userId: name,
      room: name,
    });
  });

  test('__proto__ is no way to a claim', () => {
    const header = encode({ alg: 'HS256' });
    const payload = Buffer.from(
      `{"user_id":"alice","exp":${now + 60},"__proto__":{"user_type":"host","room":"x"}}`,
    ).toString('base64url');
    const identity = verifier.verify(`${header}.${payload}.${hmac(`${header}.${payload}`)}`);
    expect(identity).toMatchObject({ userType: 'guest', room: 'default' });
  });
});
