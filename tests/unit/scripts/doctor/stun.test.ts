/** The messages, by the test vectors of RFC 5769. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  allocateRequest,
  bindingRequest,
  messageLength,
  readAnswer,
} from '../../../../scripts/doctor/stun.ts';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');

test('a request with long-term credentials is that of section 2.4, byte by byte', () => {
  const transactionId = hex('78ad3433c6ad72c029da412e');
  const request = bindingRequest(
    {
      username: 'マトリックス',
      password: 'TheMatrIX',
      realm: 'example.org',
      nonce: 'f//499k954d6OL34oL9FSTvy64sA',
    },
    transactionId,
  );
  expect(request.bytes.toString('hex')).toBe(
    hex(`
      00010060 2112a442 78ad3433 c6ad72c0 29da412e
      00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
      0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341
      0014000b 6578616d 706c652e 6f726700
      00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666
    `).toString('hex'),
  );
});

const sample = bindingRequest(undefined, hex('b7e7a701bc34d686fa87dfae'));

test.each([
  [
    'IPv4',
    '192.0.2.1:32853',
    `0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220
     00200008 0001a147 e112a643 00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96`,
  ],
  [
    'IPv6',
    '[2001:db8:1234:5678:11:2233:4455:6677]:32853',
    `01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220
     00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
     00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c`,
  ],
])('an answer with %s is read as sections 2.2 and 2.3 say', (_, address, bytes) => {
  expect(readAnswer(hex(bytes), sample)).toMatchObject({ success: true, mappedAddress: address });
  expect(messageLength(hex(bytes))).toBe(hex(bytes).length);
});

test('a refusal has its number, its reason, and what the next request needs', () => {
  const request = allocateRequest();
  const attributes = hex('0009000c 00000401 556e61757468 6f72 0014 0001 61 000000 0015 0002 6e6f 0000');
  const head = Buffer.concat([
    hex('0113'),
    Buffer.from([0, attributes.length]),
    hex('2112a442'),
    request.transactionId,
  ]);
  expect(readAnswer(Buffer.concat([head, attributes]), request)).toMatchObject({
    success: false,
    errorCode: 401,
    reason: 'Unauthor',
    realm: 'a',
    nonce: 'no',
  });
});

test('what is no answer to the request is none', () => {
  const { bytes } = sample;
  const answer = hex('01010000 2112a442 b7e7a701 bc34d686 fa87dfae');
  expect(readAnswer(answer, sample)).toBeDefined();
  expect(readAnswer(bytes, sample)).toBeUndefined();
  expect(readAnswer(answer, bindingRequest())).toBeUndefined();
  expect(readAnswer(answer.subarray(0, 19), sample)).toBeUndefined();
  expect(readAnswer(hex('01010000 00000000 b7e7a701 bc34d686 fa87dfae'), sample)).toBeUndefined();
  expect(readAnswer(hex('01030000 2112a442 b7e7a701 bc34d686 fa87dfae'), sample)).toBeUndefined();
});

test('bytes of any kind are an answer or none, and throw nothing', () => {
  const head = hex('0101ffff 2112a442 b7e7a701 bc34d686 fa87dfae');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
      readAnswer(Buffer.from(tail), sample);
      expect(readAnswer(Buffer.concat([head, tail]), sample)).toMatchObject({ success: true });
    }),
  );
});
