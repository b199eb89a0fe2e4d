import { describe, expect, test } from 'vitest';
import { retryDelay, sleep } from '../../../src/client/backoff.ts';
import { Emitter } from '../../../src/client/emitter.ts';
import { type EncodingOptions, encodingsFor } from '../../../src/client/encodings.ts';
import { endpointsOf } from '../../../src/client/endpoints.ts';
import { RoomError } from '../../../src/client/errors.ts';
import { randomUuid } from '../../../src/client/uuid.ts';
import { Id } from '../../../src/protocol/model.ts';

describe('backoff', () => {
  test('the largest delay doubles from 0.2 s to 4 s', () => {
    const largest = [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => retryDelay(attempt, () => 1));
    expect(largest).toEqual([200, 400, 800, 1600, 3200, 4000, 4000, 4000]);
  });

  test('the jitter is full', () => {
    expect(retryDelay(3, () => 0)).toBe(0);
    const delays = Array.from({ length: 200 }, () => retryDelay(10));
    expect(Math.min(...delays)).toBeLessThan(800);
    expect(Math.max(...delays)).toBeGreaterThan(3200);
    expect(Math.max(...delays)).toBeLessThan(4000);
  });

  test('a sleep ends early when its signal is aborted, before or after it began', async () => {
    const controller = new AbortController();
    const sleeping = sleep(60_000, controller.signal);
    controller.abort();
    await sleeping;
    await sleep(60_000, controller.signal);
  });
});

describe('emitter', () => {
  class Bell extends Emitter<{ rung: [times: number] }> {
    ring(times: number): void {
      this.emit('rung', times);
    }
  }

  test('calls listeners in order until they are taken off', () => {
    const bell = new Bell();
    const heard: string[] = [];
    const off = bell.on('rung', (times) => heard.push(`a${times}`));
    bell.once('rung', (times) => heard.push(`b${times}`));
    bell.ring(1);
    off();
    bell.ring(2);
    expect(heard).toEqual(['a1', 'b1']);
  });

  test('a listener that takes itself off, or adds one, does not disturb the others', () => {
    const bell = new Bell();
    const heard: string[] = [];
    const off = bell.on('rung', () => {
      off();
      bell.on('rung', () => heard.push('late'));
    });
    bell.on('rung', () => heard.push('second'));
    bell.ring(1);
    expect(heard).toEqual(['second']);
  });
});

describe('endpoints', () => {
  const at = (origin: string, prefix = '') => ({
    socket: `${origin.replace('http', 'ws')}${prefix}/aq_server/websocket`,
    validate: `${origin}${prefix}/aq_server/validate`,
    capabilities: `${origin}${prefix}/aq_server/capabilities`,
  });

  test.each([
    ['https://example.com', at('https://example.com')],
    ['https://example.com/', at('https://example.com')],
    ['wss://example.com/aq_server/websocket', at('https://example.com')],
    ['ws://localhost:8080', at('http://localhost:8080')],
    ['http://[::1]:8080/rtc/', at('http://[::1]:8080', '/rtc')],
    ['https://example.com/rtc/aq_server/websocket?token=x#y', at('https://example.com', '/rtc')],
  ])('%s', (url, endpoints) => {
    expect(endpointsOf(url)).toEqual(endpoints);
  });
});

describe('encodings', () => {
  const encodings = (options: Partial<EncodingOptions>) =>
    encodingsFor({
      source: 'camera',
      size: { width: 1280, height: 720 },
      codec: 'vp8',
      layered: true,
      ...options,
    });
  const scales = (options: Partial<EncodingOptions>) =>
    encodings(options).map(({ scaleResolutionDownBy }) => scaleResolutionDownBy);

  test('a camera has as many simulcast layers as its size is worth, smallest first', () => {
    expect(scales({})).toEqual([4, 2, 1]);
    expect(scales({ codec: 'h264' })).toEqual([4, 2, 1]);
    expect(scales({ size: { width: 640, height: 480 } })).toEqual([2, 1]);
    expect(scales({ size: { width: 720, height: 1280 } })).toEqual([4, 2, 1]);
    expect(scales({ size: { width: 160, height: 120 } })).toEqual([undefined]);
    expect(scales({ layered: false })).toEqual([undefined]);
  });

  test('with VP9 and AV1 it has one encoding with as many spatial layers', () => {
    const modes = (options: Partial<EncodingOptions>) =>
      encodings(options).map(({ scalabilityMode }) => scalabilityMode);
    expect(modes({ codec: 'vp9' })).toEqual(['L3T3_KEY']);
    expect(modes({ codec: 'av1', size: { width: 640, height: 480 } })).toEqual(['L2T3_KEY']);
    expect(modes({ codec: 'vp9', layered: false })).toEqual(['L1T3']);
  });

  test('a screen has two layers with few frames, or one where half of it could not be read', () => {
    expect(scales({ source: 'screen' })).toEqual([2, 1]);
    expect(scales({ source: 'screen', size: { width: 800, height: 600 } })).toEqual([undefined]);
    expect(scales({ source: 'screen', codec: 'vp9' })).toEqual([undefined]);
    expect(encodings({ source: 'screen' }).map(({ maxFramerate }) => maxFramerate)).toEqual([5, 15]);
  });

  test('bitrates rise with the layers', () => {
    const bitrates = encodings({}).map(({ maxBitrate }) => maxBitrate);
    expect(bitrates).toEqual(bitrates.toSorted((a, b) => a - b));
    expect(bitrates[0]).toBeLessThan(160_000);
    expect(bitrates.at(-1)).toBe(1_700_000);
  });
});

describe('errors', () => {
  test('say whether the same may succeed later', () => {
    expect(new RoomError('room_full').retry).toBe(true);
    expect(new RoomError('unreachable').retry).toBe(true);
    expect(new RoomError('token_expired').retry).toBe(false);
    expect(new RoomError('unsupported').retry).toBe(false);
  });

  test('a code of a newer server is kept and not retried', () => {
    const error = new RoomError('of_tomorrow' as 'internal', 'so it is');
    expect([error.code, error.message, error.retry]).toEqual(['of_tomorrow', 'so it is', false]);
  });
});

test('UUIDs are those of the protocol, with and without the browser’s own', () => {
  const own = Object.getOwnPropertyDescriptor(crypto, 'randomUUID');
  const made = new Set([randomUuid()]);
  Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true });
  try {
    for (let count = 0; count < 100; count++) made.add(randomUuid());
  } finally {
    if (own) Object.defineProperty(crypto, 'randomUUID', own);
    else Reflect.deleteProperty(crypto, 'randomUUID');
  }
  expect(made.size).toBe(101);
  for (const id of made) expect(Id.safeParse(id).success, id).toBe(true);
});
