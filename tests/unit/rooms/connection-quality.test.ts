import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PeerQuality } from '../../../src/protocol/quality.ts';
import { type ConnectionSigns, judge } from '../../../src/rooms/connection-quality.ts';
import { QualityWatch } from '../../../src/rooms/quality-watch.ts';

const clean: ConnectionSigns = {
  isConnected: true,
  roundTripMs: 40,
  upScore: 10,
  downScore: 10,
  isUplinkShort: false,
  shortage: undefined,
};

test.each<[string, Partial<ConnectionSigns>, string]>([
  ['nothing amiss', {}, 'excellent null'],
  ['nothing known', { roundTripMs: undefined, upScore: undefined, downScore: undefined }, 'excellent null'],
  ['some loss upwards', { upScore: 7 }, 'good loss'],
  ['much loss downwards', { downScore: 3 }, 'poor loss'],
  ['a long way', { roundTripMs: 500 }, 'good loss'],
  ['a very long way', { roundTripMs: 1500 }, 'poor loss'],
  ['a short downlink', { shortage: 'bandwidth' }, 'poor down'],
  ['a short uplink', { isUplinkShort: true }, 'good up'],
  ['a limit of the server', { shortage: 'limit' }, 'good server'],
  ['no way', { isConnected: false, shortage: 'bandwidth' }, 'lost null'],
])('%s', (_, signs, expected) => {
  const { quality, limitedBy } = judge({ ...clean, ...signs });
  expect(`${quality} ${limitedBy}`).toBe(expected);
});

describe('[V8] what is told', () => {
  let signs: Map<string, ConnectionSigns>;
  let told: PeerQuality[][];
  let watch: QualityWatch;

  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    signs = new Map([
      ['ann', clean],
      ['bob', clean],
    ]);
    watch = new QualityWatch(
      () => signs,
      (peers) => told.push(peers),
    );
    watch.start();
    look(1);
  });
  afterEach(() => {
    watch.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  const look = (times: number) => vi.advanceTimersByTime(2000 * times);

  test('a change that lasts is told once, for all at once', () => {
    signs = new Map([
      ['ann', { ...clean, downScore: 1 }],
      ['bob', { ...clean, isConnected: false }],
    ]);
    look(1);
    expect(told).toEqual([]);
    look(5);
    const all = [
      { peerId: 'ann', quality: 'poor', limitedBy: 'loss' },
      { peerId: 'bob', quality: 'lost', limitedBy: null },
    ];
    expect(told).toEqual([all]);
    expect(watch.all()).toEqual(all);
  });

  test('what comes and goes is not told', () => {
    for (let times = 0; times < 10; times++) {
      signs.set('ann', times % 2 === 0 ? { ...clean, downScore: 1 } : clean);
      look(1);
    }
    expect(told).toEqual([]);
  });

  test('who has left is forgotten, and an empty room is not looked at', () => {
    signs.set('ann', { ...clean, isConnected: false });
    look(2);
    signs.delete('ann');
    look(1);
    expect(watch.all()).toEqual([]);
    signs.clear();
    look(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
