/** The parts of the room page that need no browser. */
import { describe, expect, test } from 'vitest';
import { RoomError } from '../../../../src/client/errors.ts';
import { NeedsInvitation } from '../../../../src/client/pages/room/dev-token.ts';
import { judge, readReport } from '../../../../src/client/pages/room/quality.ts';
import { parseRemembered } from '../../../../src/client/pages/room/remembered.ts';
import { captureSentence, mayJoinAgain, sentenceFor } from '../../../../src/client/pages/room/sentences.ts';
import { actionOf } from '../../../../src/client/pages/room/shortcuts.ts';
import { levelOf } from '../../../../src/client/pages/room/sound.ts';
import { chooseLanguage } from '../../../../src/client/pages/room/texts/choose-language.ts';
import { de } from '../../../../src/client/pages/room/texts/de.ts';
import { en } from '../../../../src/client/pages/room/texts/en.ts';
import { largeOnes, type OwnTiles, tilesOf } from '../../../../src/client/pages/room/tiles.ts';
import { newDevices, sortDevices } from '../../../../src/client/pages/room/use-devices.ts';
import { layerFor } from '../../../../src/client/pages/room/use-layers.ts';
import type { RemotePeer, RemoteSource } from '../../../../src/client/remote-peer.ts';

const named = (name: string) => Object.assign(new Error('no'), { name });

describe('sentences', () => {
  test.each([
    ['room_full', 'The room is full'],
    ['room_locked', 'locked'],
    ['removed', 'removed you'],
    ['banned', 'may not come'],
    ['token_expired', 'invite link has ended'],
    ['token_signature', 'did not accept your invite link: the signature is wrong'],
    ['internal', 'The server says'],
  ] as const)('%s is said in words', (code, words) => {
    expect(sentenceFor(new RoomError(code), en)).toContain(words);
  });

  test('what is not of the server is said too', () => {
    expect(sentenceFor(new NeedsInvitation(), en)).toBe(en.trouble.noInvitation);
    expect(sentenceFor(new TypeError('x'), en)).toBe(en.trouble.unknown);
  });

  test('who may try the same link again, and who need not', () => {
    const again = ['left', 'room_full', 'removed', 'token_not_active', 'unreachable'] as const;
    const never = ['banned', 'token_expired', 'unsupported', 'origin_not_allowed'] as const;
    expect(again.filter((code) => !mayJoinAgain(new RoomError(code)))).toEqual([]);
    expect(never.filter((code) => mayJoinAgain(new RoomError(code)))).toEqual([]);
    expect(mayJoinAgain(new NeedsInvitation())).toBe(false);
  });

  test('a camera and a microphone that fail alike are one sentence, otherwise the first is', () => {
    const both = new Map([
      ['mic', named('NotFoundError')],
      ['camera', named('NotFoundError')],
    ] as const);
    expect(captureSentence(both, en)).toBe(en.trouble.missing.both);
    const differing = new Map([
      ['camera', named('NotReadableError')],
      ['mic', named('NotFoundError')],
    ] as const);
    expect(captureSentence(differing, en)).toBe(en.trouble.busy.camera);
    expect(captureSentence(new Map([['mic', named('InsecureContextError')]]), en)).toBe(en.trouble.insecure);
    expect(captureSentence(new Map([['mic', 'odd']]), en)).toBe(en.trouble.noStart.mic);
    expect(captureSentence(new Map(), en)).toBeUndefined();
  });
});

describe('languages', () => {
  test('the first wanted one that is spoken', () => {
    expect(chooseLanguage(['fr', 'de-AT', 'en'])).toBe('de');
    expect(chooseLanguage(['en-GB', 'de'])).toBe('en');
    expect(chooseLanguage(['ja'])).toBe('en');
    expect(chooseLanguage([])).toBe('en');
  });

  test('each says the same things', () => {
    for (const part of ['codes', 'roles', 'rolesMean'] as const) {
      expect(Object.keys(de[part])).toEqual(Object.keys(en[part]));
    }
  });
});

describe('keys', () => {
  const press = (key: string, held: Partial<KeyboardEvent> = {}) => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    repeat: false,
    ...held,
  });
  const within = (selector: string | undefined) =>
    ({ closest: (all: string) => (selector && all.includes(selector) ? {} : null) }) as unknown as Element;

  test('do something, in either case', () => {
    expect(actionOf(press('m'), null)).toBe('mic');
    expect(actionOf(press('M'), within(undefined))).toBe('mic');
    expect(actionOf(press('?'), null)).toBe('shortcuts');
    expect(actionOf(press('constructor'), null)).toBeUndefined();
  });

  test.each(['input', 'select', 'textarea', 'dialog'])('nothing in a %s', (selector) => {
    expect(actionOf(press('m'), within(selector))).toBeUndefined();
  });

  test.each(['ctrlKey', 'metaKey', 'altKey', 'repeat'] as const)('nothing with %s', (held) => {
    expect(actionOf(press('c', { [held]: true }), null)).toBeUndefined();
  });
});

describe('devices', () => {
  const info = (kind: MediaDeviceKind, deviceId: string, label = deviceId) => ({ kind, deviceId, label });

  test('by kind, without aliases and those without a name', () => {
    const sorted = sortDevices([
      info('audioinput', 'default'),
      info('audioinput', 'm1'),
      info('videoinput', 'c1', ''),
      info('audiooutput', 's1'),
    ]);
    expect(sorted).toEqual({
      mic: [{ id: 'm1', label: 'm1' }],
      camera: [],
      speaker: [{ id: 's1', label: 's1' }],
    });
  });

  test('what was plugged in, but not what was only named', () => {
    const none = sortDevices([]);
    const one = sortDevices([info('audioinput', 'm1')]);
    const two = sortDevices([info('audioinput', 'm1'), info('audioinput', 'm2')]);
    expect(newDevices(none, one)).toEqual([]);
    expect(newDevices(one, two)).toEqual([['mic', { id: 'm2', label: 'm2' }]]);
    expect(newDevices(two, one)).toEqual([]);
  });
});

describe('what is remembered', () => {
  test.each([null, '', '{', '[]', '"x"', 'null'])('%j is nothing', (text) => {
    expect(parseRemembered(text)).toMatchObject({ name: '', micOn: true, cameraOn: true });
  });

  test('wrong and unknown values are left out', () => {
    const remembered = parseRemembered('{"name":"Ann","micOn":"no","cameraOn":false,"token":"x"}');
    expect(remembered).toMatchObject({ name: 'Ann', micOn: true, cameraOn: false });
    expect(remembered).not.toHaveProperty('token');
  });
});

describe('the quality of a connection', () => {
  test('is what was lost since the last look', () => {
    expect(judge({ received: 1000, lost: 50 }, { received: 1100, lost: 50 }, 40)?.level).toBe('good');
    expect(judge({ received: 1000, lost: 0 }, { received: 1095, lost: 5 }, 40)).toEqual({
      level: 'weak',
      loss: 5,
      roundTrip: 40,
    });
    expect(judge(undefined, { received: 80, lost: 20 }, 40)?.level).toBe('poor');
  });

  test('is the round trip too', () => {
    expect(judge(undefined, { received: 100, lost: 0 }, 500)?.level).toBe('weak');
    expect(judge(undefined, { received: 100, lost: 0 }, 900)?.level).toBe('poor');
  });

  test('is not known of what does not come, as from who is muted', () => {
    const count = { received: 1000, lost: 3 };
    expect(judge(count, count, 40)).toBeUndefined();
  });

  test('late packets do not count against it', () => {
    expect(judge({ received: 0, lost: 10 }, { received: 100, lost: 2 }, 40)?.loss).toBe(0);
  });

  test('is read from a report', () => {
    const { streams, roundTrip } = readReport([
      ['a', { type: 'inbound-rtp', trackIdentifier: 't', packetsReceived: 7, packetsLost: 1 }],
      ['b', { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.0321 }],
      ['c', { type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 }],
    ]);
    expect([...streams]).toEqual([['t', { received: 7, lost: 1 }]]);
    expect(roundTrip).toBe(32);
  });
});

describe('tiles', () => {
  const track = {} as MediaStreamTrack;
  const source = (id: string, source: RemoteSource['source'], paused = false): RemoteSource => ({
    id,
    peerId: 'bob',
    delivery: { amount: 'full' },
    source,
    kind: source === 'mic' || source === 'screen-audio' ? 'audio' : 'video',
    paused,
    track,
  });
  const peer = (...sources: RemoteSource[]) =>
    ({
      id: 'bob',
      name: 'Bob',
      handRaisedAt: null,
      sources: new Map(sources.map((one) => [one.id, one])),
    }) as unknown as RemotePeer;
  const own: OwnTiles = {
    name: 'Ann (you)',
    screenName: 'Your screen',
    camera: undefined,
    screen: undefined,
    muted: true,
    hand: false,
  };
  const screenOf = (name: string) => `${name}’s screen`;

  test('a person with a screen has two, our own is last', () => {
    const tiles = tilesOf(
      [peer(source('c', 'camera'), source('s', 'screen'), source('m', 'mic'))],
      own,
      screenOf,
    );
    expect(tiles.map(({ key, name, muted }) => [key, name, muted])).toEqual([
      ['s', 'Bob’s screen', false],
      ['bob', 'Bob', false],
      ['own', 'Ann (you)', true],
    ]);
    expect(largeOnes(tiles, undefined)).toEqual(['s']);
    expect(largeOnes(tiles, 'bob')).toEqual(['bob']);
    expect(largeOnes(tiles, 'gone')).toEqual(['s']);
  });

  test('a paused camera is no picture, a paused microphone is muted', () => {
    const [tile] = tilesOf([peer(source('c', 'camera', true), source('m', 'mic', true))], own, screenOf);
    expect(tile).toMatchObject({ key: 'bob', source: undefined, muted: true });
  });

  test('our own screen is large only while nobody else shows one', () => {
    const sharing = { ...own, screen: track };
    expect(largeOnes(tilesOf([peer()], sharing, screenOf), undefined)).toEqual(['own-screen']);
    expect(largeOnes(tilesOf([peer(source('s', 'screen'))], sharing, screenOf), undefined)).toEqual(['s']);
  });
});

test('the level of a microphone goes with decibels', () => {
  expect(levelOf(new Float32Array(100))).toBe(0);
  expect(levelOf(new Float32Array(100).fill(1))).toBe(1);
  expect(levelOf(new Float32Array(100).fill(0.018))).toBeCloseTo(0.5, 1);
});

test.each([
  [180, 0],
  [320, 0],
  [321, 1],
  [640, 1],
  [1280, 2],
])('a tile of %i pixels has use for layer %i', (width, layer) => {
  expect(layerFor(width)).toBe(layer);
});
