/** The packets of the load generator, byte by byte. */
import { createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMPILE_MS, compile, inspect, missingCompiler } from './compiled.ts';

const reason = await missingCompiler();

describe.skipIf(reason)('the load generator', () => {
  beforeAll(compile, COMPILE_MS);

  const transaction = '00112233445566778899aabb';

  test('writes binding requests with MESSAGE-INTEGRITY and FINGERPRINT (RFC 8489)', async () => {
    const bytes = Buffer.from(
      await inspect('stun-request', transaction, 'srv:load', 'secret', '0102030405060708', '0'),
      'hex',
    );
    expect(bytes.readUInt16BE(0)).toBe(0x0001);
    expect(bytes.readUInt16BE(2)).toBe(bytes.length - 20);
    expect(bytes.toString('hex', 4, 20)).toBe(`2112a442${transaction}`);
    const attributes = attributesOf(bytes);
    expect([...attributes.keys()]).toEqual([0x0006, 0x802a, 0x0025, 0x0024, 0x0008, 0x8028]);
    expect(attributes.get(0x0006)?.value.toString()).toBe('srv:load');
    expect(attributes.get(0x802a)?.value.toString('hex')).toBe('0102030405060708');
    expect(attributes.get(0x0008)?.value).toEqual(
      integrity(bytes, attributes.get(0x0008)?.at ?? 0, 'secret'),
    );
    const beforeFingerprint = bytes.subarray(0, attributes.get(0x8028)?.at);
    expect(attributes.get(0x8028)?.value.readUInt32BE()).toBe((crc32(beforeFingerprint) ^ 0x5354554e) >>> 0);
  });

  test('leaves it to a server that controls to nominate', async () => {
    const bytes = Buffer.from(
      await inspect('stun-request', transaction, 'srv:load', 'secret', '01', '1'),
      'hex',
    );
    expect([...attributesOf(bytes).keys()]).toEqual([0x0006, 0x8029, 0x0024, 0x0008, 0x8028]);
  });

  test('answers a request that was signed with its password, and no other', async () => {
    const request = await inspect('stun-request', transaction, 'load:srv', 'own', '01', '0');
    const [address, port] = [0xc0000202, 40_000];
    const answer = await inspect('stun-reply', request, 'own', String(address), String(port));
    expect(await inspect('stun-answer', answer, transaction, 'own')).toBe('true');
    const mapped = attributesOf(Buffer.from(answer, 'hex')).get(0x0020)?.value;
    expect(mapped?.readUInt16BE(0)).toBe(1);
    expect((mapped?.readUInt16BE(2) ?? 0) ^ 0x2112).toBe(port);
    expect(((mapped?.readUInt32BE(4) ?? 0) ^ 0x2112a442) >>> 0).toBe(address);
    expect(await inspect('stun-reply', request, 'other', String(address), String(port))).toBe('false');
  });

  // RFC 5769 section 2.2.
  const sample =
    '0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643' +
    '000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96';

  test.each([
    ['takes the sample answer of RFC 5769', sample, 'VOkJxbRl1RmTxUk/WvJxBt', 'true'],
    ['refuses it with another password', sample, 'VOkJxbRl1RmTxUk/WvJxBu', 'false'],
    ['refuses it with a changed byte', sample.replace('7465', '7466'), 'VOkJxbRl1RmTxUk/WvJxBt', 'false'],
    [
      'refuses it without its fingerprint',
      sample.replace('0101003c', '01010034').slice(0, -16),
      'VOkJxbRl1RmTxUk/WvJxBt',
      'false',
    ],
    ['refuses a part of it', sample.slice(0, 60), 'VOkJxbRl1RmTxUk/WvJxBt', 'false'],
    ['refuses an error answer', sample.replace('0101', '0111'), 'VOkJxbRl1RmTxUk/WvJxBt', 'false'],
  ])('%s', async (_, message, password, expected) => {
    expect(await inspect('stun-answer', message, 'b7e7a701bc34d686fa87dfae', password)).toBe(expected);
  });

  test('writes RTP headers with one-byte extensions (RFC 8285), and reads them', async () => {
    const header = await inspect('rtp-header', 'ab', '25');
    // Two bytes of mid, one of level, three of padding.
    expect(header).toBe(`90ef${'ffff'}fffffff0${'01020304'}bede0002${'116162'}${'6019'}${'000000'}`);
    expect(await inspect('rtp', `${header}0505`, '6')).toBe('111 1 65535 4294967280 16909060 2 19');
    expect(await inspect('rtp', `${header}0505`, '1')).toMatch(/ 6162$/);
    expect(await inspect('rtp', `${header}0505`, '9')).toMatch(/ none$/);
  });

  test('reads two-byte extensions, CSRCs and padding', async () => {
    const csrc = 'cccccccc';
    const packet = `b1600001000000020000000${'3'}${csrc}10000002${'0000'}0a03aabbcc00${'ffee'}${'000003'}`;
    expect(await inspect('rtp', packet, '10')).toBe('96 0 1 2 3 2 aabbcc');
  });

  test.each([
    ['another version', '50600001000000020000000300'],
    ['too short', '8060000100000002'],
    ['extensions past its end', '9060000100000002000000030000ffff'],
    ['padding past its end', 'a060000100000002000000030009'],
  ])('reads no RTP from a packet: %s', async (_, packet) => {
    expect(await inspect('rtp', packet, '1')).toBe('false');
  });

  test('describes VP8 in three temporal layers (RFC 7741)', async () => {
    const [lowest, highest, middle] = [0b00_0_00000, 0b10_1_00000, 0b01_1_00000];
    expect(await inspect('vp8', '1', '2', '0', '1')).toBe(`90e0800102${hex(lowest)}`);
    expect(await inspect('vp8', '32767', '255', '1', '0')).toBe(`a0e0ffffff${hex(highest)}`);
    expect(await inspect('vp8', '0', '0', '2', '1')).toBe(`90e0800000${hex(middle)}`);
    // The second one of the highest layer depends on the middle one, and is no place to begin.
    expect(await inspect('vp8', '0', '0', '3', '1')).toBe(`b0e0800000${hex(0b10_0_00000)}`);
  });

  test('tells arrivals in transport-wide feedback', async () => {
    // Reference time 2 of 64 ms; then +1 ms, number 12 missing, +100 ms (too much for a byte), and one that is earlier.
    const feedback = await inspect('feedback', '10:128000,11:129000,13:229000,14:228750');
    // Two bits each, from the third one on: small, small, missing, large, large.
    const symbols = (0b1101_0100_1010_0000).toString(16);
    expect(feedback).toBe(`8fcd00060000000100000002000a000500000203${symbols}00040190ffff`);
  });

  test('finds requests for key frames in compound RTCP (PLI and FIR)', async () => {
    const receiverReport = '80c90001' + '00000001';
    const pli = '81ce0002' + '00000001' + '0000002a';
    const fir = '84ce0004' + '00000001' + '00000000' + '0000002b' + '01000000';
    const nack = '81cd0003' + '00000001' + '0000002c' + '00010000';
    expect(await inspect('rtcp', receiverReport + pli + nack + fir)).toBe('42\n43');
    expect(await inspect('rtcp', pli.slice(0, -8))).toBe('');
  });

  test('counts loss, repetitions and jitter as RFC 3550 does', async () => {
    const even = [0, 1, 2, 3].map((i) => `${100 + i}:${960 * i}:${20_000 * i}`).join();
    expect(await inspect('stream', '48000', even)).toBe('4 0 0 0.000 103 0');
    // Numbers wrap; one is missing, one comes twice, one comes late.
    expect(await inspect('stream', '48000', '65534:0:0,65535:0:0,2:0:0,1:0:0,1:0:0')).toBe(
      '4 1 1 0.000 65538 51',
    );
    // 16 ms late, once: a sixteenth of the change.
    expect(await inspect('stream', '48000', '1:0:0,2:960:36000')).toBe('2 0 0 1.000 2 0');
  });

  test('keeps times as NTP does, and puts values into buckets', async () => {
    expect(await inspect('numbers', '0')).toBe(`${2208988800n << 32n} 0 0`);
    expect(await inspect('numbers', '1500000')).toMatch(/^\d+ 1500000 /);
  });
});

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function attributesOf(bytes: Buffer): Map<number, { at: number; value: Buffer }> {
  const attributes = new Map<number, { at: number; value: Buffer }>();
  for (let at = 20; at < bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    attributes.set(bytes.readUInt16BE(at), { at, value: bytes.subarray(at + 4, at + 4 + length) });
    at += 4 + length + (-length & 3);
  }
  return attributes;
}

/** The length that is signed counts the signature, too, and nothing behind it. */
function integrity(bytes: Buffer, at: number, password: string): Buffer {
  const signed = Buffer.from(bytes.subarray(0, at));
  signed.writeUInt16BE(at + 24 - 20, 2);
  return createHmac('sha1', password).update(signed).digest();
}
