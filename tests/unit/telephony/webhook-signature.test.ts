import { expect, test } from 'vitest';
import { createSignatureCheck } from '../../../src/telephony/webhook-signature.ts';
import { WebhookSender } from '../../support/telnyx/webhooks.ts';

const sender = new WebhookSender();
const body = '{"data":{"payload":{"from":"+1 ü"}}}';
const nowSeconds = Math.floor(Date.now() / 1000);
const check = createSignatureCheck({ publicKey: sender.publicKey, now: () => nowSeconds * 1000 });

test.each([
  [-300, undefined],
  [300, undefined],
  [-301, 'stale'],
  [301, 'stale'],
])('a signature from %d seconds away is %s', async (offset, fault) => {
  expect(await check(sender.headers(body, nowSeconds + offset), Buffer.from(body))).toBe(fault);
});

test('a byte more, another key, another time and a signature of another length are forged', async () => {
  const headers = sender.headers(body, nowSeconds);
  const bytes = Buffer.from(body);
  expect(await check(headers, Buffer.from(`${body} `))).toBe('forged');
  expect(await check(new WebhookSender().headers(body, nowSeconds), bytes)).toBe('forged');
  expect(await check({ ...headers, 'telnyx-timestamp': String(nowSeconds + 1) }, bytes)).toBe('forged');
  expect(await check({ ...headers, 'telnyx-timestamp': 'now' }, bytes)).toBe('forged');
  expect(await check({ ...headers, 'telnyx-signature-ed25519': 'AAAA' }, bytes)).toBe('forged');
  expect(await check({ ...headers, 'telnyx-signature-ed25519': '' }, bytes)).toBe('forged');
});

test('without either header it is unsigned', async () => {
  const { 'telnyx-timestamp': _time, ...withoutTime } = sender.headers(body, nowSeconds);
  expect(await check(withoutTime, Buffer.from(body))).toBe('unsigned');
  expect(await check({}, Buffer.from(body))).toBe('unsigned');
});
