/** Consumers that the browser refuses, with a stand-in for mediasoup-client's transport that fails as that does. */
import type { Consumer, ConsumerOptions } from 'mediasoup-client/types';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { RoomError } from '../../../src/client/errors.ts';
import { Quarantine } from '../../../src/client/quarantine.ts';
import type { Signaling } from '../../../src/client/signaling.ts';
import { Subscriptions } from '../../../src/client/subscriptions.ts';
import type { ConsumerInfo } from '../../../src/protocol/model.ts';

/** A consumer whose name says whether a browser takes it: none that begins with `bad`. */
function infoOf(name: string, changes: Partial<ConsumerInfo> = {}): ConsumerInfo {
  return {
    ...{ id: `consumer-${name}`, peerId: `peer-${name}`, producerId: name, kind: 'video', source: 'camera' },
    paused: false,
    rtpParameters: { codecs: [], encodings: [{ ssrc: 1 }], rtcp: { cname: 'cname' } },
    ...changes,
  };
}

interface Task {
  options: ConsumerOptions;
  result: PromiseWithResolvers<Consumer>;
}

/** All that are consumed in one go fail together, and so does all that is consumed after that. */
class Transport {
  readonly opened: string[] = [];
  readonly tried: string[][] = [];
  #batch: Task[] = [];
  #isSpoilt = false;

  consume(options: ConsumerOptions): Promise<Consumer> {
    const result = Promise.withResolvers<Consumer>();
    if (this.#batch.push({ options, result }) === 1)
      queueMicrotask(() => this.#receive(this.#batch.splice(0)));
    return result.promise;
  }

  takes(all: readonly ConsumerOptions[]): Promise<boolean> {
    this.tried.push(all.map(({ producerId }) => String(producerId)));
    return Promise.resolve(!all.some(isBad));
  }

  consumeData(): Promise<never> {
    return Promise.reject(new Error('there are no data channels here'));
  }

  #receive(batch: readonly Task[]): void {
    this.#isSpoilt ||= batch.some(({ options }) => isBad(options));
    for (const { options, result } of batch) {
      if (this.#isSpoilt) result.reject(new DOMException('invalid line', 'OperationError'));
      else result.resolve(this.#open(options));
    }
  }

  #open({ producerId }: ConsumerOptions): Consumer {
    this.opened.push(String(producerId));
    return { track: {}, close: () => {} } as unknown as Consumer;
  }
}

function isBad({ producerId }: ConsumerOptions): boolean {
  return String(producerId).startsWith('bad');
}

let quarantine: Quarantine;
let transport: Transport;
let broken: number;
/** Stands in for the server, which takes everything by default. */
let request: Signaling['request'];

/** What takes the place of the last one after `resetMedia`. */
function subscriptionsOn(transports: Transport): Subscriptions {
  transport = transports;
  return new Subscriptions({
    transports,
    quarantine,
    request,
    onTrack: () => {},
    onData: () => {},
    onBroken: () => broken++,
  });
}

/** Lets all that waits for promises go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  quarantine = new Quarantine();
  broken = 0;
  request = (() => Promise.resolve({})) as Signaling['request'];
});

test('a consumer that the server has closed keeps back none of those that were asked for with it', async () => {
  const resumed: string[] = [];
  request = ((_method: string, { ids }: { ids: string[] }) => {
    if (ids.includes('consumer-gone')) return Promise.reject(new RoomError('not_found'));
    resumed.push(...ids);
    return Promise.resolve({});
  }) as Signaling['request'];
  // Its end has not been told yet.
  subscriptionsOn(new Transport()).sync([infoOf('a'), infoOf('gone'), infoOf('b')], []);
  await settled();
  expect(resumed).toEqual(['consumer-a', 'consumer-b']);
});

describe('a consumer that the browser refuses', () => {
  test('is found among others, and is opened never again', async () => {
    const all = ['a', 'b', 'bad', 'c', 'd', 'e', 'f'].map((name) => infoOf(name));
    subscriptionsOn(new Transport()).sync(all, []);
    await settled();
    expect(broken).toBe(1);
    expect(transport.opened).toEqual([]);
    expect(transport.tried.length).toBeLessThanOrEqual(8);
    subscriptionsOn(new Transport()).sync(all, []);
    await settled();
    expect(transport.opened).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(broken).toBe(1);
  });

  test('costs no other transports when it is not the first one', async () => {
    subscriptionsOn(new Transport()).open([infoOf('bad-1')]);
    await settled();
    expect(broken).toBe(1);
    const subscriptions = subscriptionsOn(new Transport());
    subscriptions.sync([infoOf('a')], []);
    subscriptions.open([infoOf('bad-2')]);
    subscriptions.open([infoOf('b'), infoOf('bad-3')]);
    await settled();
    expect(transport.opened).toEqual(['a', 'b']);
    expect(broken).toBe(1);
    expect(transport.tried.at(-1)).toContain('a'); // beside what is open
  });

  test('that was taken when it was tried is dropped with those that failed beside it', async () => {
    subscriptionsOn(new Transport()).open([infoOf('bad')]);
    await settled();
    const lenient = new Transport();
    lenient.takes = () => Promise.resolve(true);
    const subscriptions = subscriptionsOn(lenient);
    subscriptions.open([infoOf('bad-later'), infoOf('a')]);
    await settled();
    expect(broken).toBe(2);
    subscriptionsOn(new Transport()).sync([infoOf('bad-later'), infoOf('b')], []);
    await settled();
    expect(transport.opened).toEqual(['b']);
  });

  test('does not matter any more where its transport was closed', async () => {
    const subscriptions = subscriptionsOn(new Transport());
    subscriptions.open([infoOf('bad')]);
    subscriptions.clear();
    await settled();
    expect(broken).toBe(0);
    expect(quarantine.isCareful).toBe(false);
  });

  test('whose producer was closed while it was tried is not opened', async () => {
    subscriptionsOn(new Transport()).open([infoOf('bad')]);
    await settled();
    const subscriptions = subscriptionsOn(new Transport());
    subscriptions.open([infoOf('a'), infoOf('b')]);
    subscriptions.close('a');
    await settled();
    expect(transport.opened).toEqual(['b']);
  });
});

test('a text with a line break or a quote in it never reaches the browser', async () => {
  const cname = (text: string) => ({ codecs: [], encodings: [], rtcp: { cname: text } });
  subscriptionsOn(new Transport()).open([
    infoOf('a'),
    ...['\n', '\r', '\0', '"', '\\', '\u2028\n'].map((text, n) =>
      infoOf(`b${n}`, { rtpParameters: cname(text) }),
    ),
    infoOf('c', {
      rtpParameters: {
        codecs: [{ mimeType: 'video/VP8', payloadType: 1, clockRate: 1, parameters: { 'a\n': 1 } }],
        encodings: [],
      },
    }),
    infoOf('d', { peerId: 'a\r\nb' }),
  ]);
  await settled();
  expect(transport.opened).toEqual(['a']); // `b0` to `b5`, `c` and `d` are not
  expect(broken).toBe(0);
});
