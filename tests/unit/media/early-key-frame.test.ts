import { describe, expect, test } from 'vitest';
import {
  earlyKeyFrameDelay,
  MARGIN_MS,
  MIN_PUBLISHER_RTT_MS,
  SDP_MS,
} from '../../../src/media/early-key-frame.ts';

describe('earlyKeyFrameDelay', () => {
  const timing = { subscriberRtt: 200, publisherRtt: 200, sinceIce: 0, sinceTold: 0 };

  test('the key frame arrives when DTLS is done, two round trips after ICE, and a little later', () => {
    const delay = earlyKeyFrameDelay({ ...timing, sinceTold: 150 });
    expect((delay ?? 0) + timing.publisherRtt).toBe(2 * timing.subscriberRtt + MARGIN_MS);
  });

  test('it waits for a subscriber that was told late', () => {
    const late = earlyKeyFrameDelay({ ...timing, sinceIce: 350, sinceTold: 0 });
    expect((late ?? 0) + timing.publisherRtt).toBe(timing.subscriberRtt + SDP_MS + MARGIN_MS);
  });

  test('a publisher that is near is not asked early: the transport’s own request is as fast', () => {
    expect(earlyKeyFrameDelay({ ...timing, publisherRtt: MIN_PUBLISHER_RTT_MS - 1 })).toBeUndefined();
    expect(earlyKeyFrameDelay({ ...timing, publisherRtt: MIN_PUBLISHER_RTT_MS })).toBeDefined();
  });

  test('a publisher that is farther than the handshake takes is asked at once', () => {
    expect(earlyKeyFrameDelay({ ...timing, subscriberRtt: 20, publisherRtt: 500 })).toBe(0);
  });
});
