import { beforeEach, describe, expect, test } from 'vitest';
import { Peers } from '../../../src/client/peers.ts';
import type { RemotePeer, RemoteSource } from '../../../src/client/remote-peer.ts';
import type { AnyEvent } from '../../../src/protocol/events.ts';
import { PeerInfo } from '../../../src/protocol/model.ts';

const MIC = { id: 'mic-1', kind: 'audio', source: 'mic', paused: false } as const;
const CAMERA = { id: 'camera-1', kind: 'video', source: 'camera', paused: true } as const;

/** A peer as the server tells of it. */
function infoOf(id: string, changes: Partial<PeerInfo> = {}): PeerInfo {
  return PeerInfo.parse({
    id,
    userId: `user of ${id}`,
    name: id.toUpperCase(),
    userType: 'guest',
    metadata: {},
    handRaisedAt: null,
    reconnecting: false,
    mutedSources: [],
    producers: [],
    ...changes,
  });
}

/** Stands for a track, of which nothing is asked here but who it is. */
const trackOf = (id: string) => ({ id }) as MediaStreamTrack;

let told: string[];
let peers: Peers;

beforeEach(() => {
  told = [];
  peers = new Peers((event, ...args) => {
    const names = args.map((arg) => {
      if (typeof arg !== 'object') return String(arg);
      const { id, track } = arg as RemotePeer & RemoteSource;
      return track ? `${id} (${track.id})` : id;
    });
    told.push([event, ...names].join(' '));
  });
});

const apply = (...events: AnyEvent[]) => {
  for (const event of events) peers.apply(event);
};
const sourceOf = (peerId: string, producerId: string) => peers.all.get(peerId)?.sources.get(producerId);
const newlyTold = () => told.splice(0);

test('[V6] how much of a video the server sends, and why', () => {
  apply({ event: 'peerJoined', data: { peer: infoOf('ann', { producers: [CAMERA] }) } });
  const ids = { consumerId: 'c', peerId: 'ann', producerId: CAMERA.id };
  apply({
    event: 'deliveryChanged',
    data: { consumers: [{ ...ids, delivery: 'paused', reason: 'bandwidth' }] },
  });
  expect(sourceOf('ann', CAMERA.id)?.delivery).toEqual({ amount: 'paused', reason: 'bandwidth' });
  expect(newlyTold()).toContain(`deliveryChanged ${CAMERA.id} ann`);
  apply({ event: 'deliveryChanged', data: { consumers: [{ ...ids, delivery: 'full', reason: null }] } });
  expect(sourceOf('ann', CAMERA.id)?.delivery).toEqual({ amount: 'full' });
  apply({
    event: 'deliveryChanged',
    data: { consumers: [{ ...ids, producerId: 'gone', delivery: 'paused', reason: 'limit' }] },
  });
});

describe('a peer', () => {
  test('comes with what it publishes, changes, and leaves', () => {
    apply({ event: 'peerJoined', data: { peer: infoOf('ann', { producers: [MIC, CAMERA] }) } });
    expect(newlyTold()).toEqual(['peerJoined ann']);
    expect(peers.all.get('ann')).toMatchObject({ name: 'ANN', handRaisedAt: null, reconnecting: false });
    expect(sourceOf('ann', 'camera-1')).toEqual({
      ...CAMERA,
      peerId: 'ann',
      delivery: { amount: 'full' },
      track: undefined,
    });

    apply({ event: 'peerUpdated', data: { peerId: 'ann', handRaisedAt: 7 } });
    expect(peers.all.get('ann')).toMatchObject({ metadata: {}, handRaisedAt: 7, reconnecting: false });
    apply({ event: 'peerUpdated', data: { peerId: 'ann', metadata: { a: 1 }, reconnecting: true } });
    expect(peers.all.get('ann')).toMatchObject({ metadata: { a: 1 }, handRaisedAt: 7, reconnecting: true });
    apply({ event: 'peerUpdated', data: { peerId: 'ann', handRaisedAt: null } });
    expect(peers.all.get('ann')?.handRaisedAt).toBeNull();
    expect(newlyTold()).toEqual(['peerUpdated ann', 'peerUpdated ann', 'peerUpdated ann']);

    apply({ event: 'peerLeft', data: { peerId: 'ann', reason: 'left' } });
    expect(newlyTold()).toEqual(['peerLeft ann left']);
    expect(peers.all.size).toBe(0);
  });

  test('that came already does not come again', () => {
    apply({ event: 'peerJoined', data: { peer: infoOf('ann') } });
    const ann = peers.all.get('ann');
    apply({ event: 'peerJoined', data: { peer: infoOf('ann', { name: 'other' }) } });
    expect(newlyTold()).toEqual(['peerJoined ann']);
    expect(peers.all.get('ann')).toBe(ann);
  });

  test('takes its tracks with it, each told before it', () => {
    apply({ event: 'peerJoined', data: { peer: infoOf('ann', { producers: [MIC, CAMERA] }) } });
    peers.setTrack('ann', 'mic-1', trackOf('sound'));
    newlyTold();
    apply({ event: 'peerLeft', data: { peerId: 'ann', reason: 'removed' } });
    expect(newlyTold()).toEqual(['trackRemoved mic-1 (sound) ann', 'peerLeft ann removed']);
  });
});

describe('a source', () => {
  beforeEach(() => {
    apply({ event: 'peerJoined', data: { peer: infoOf('ann', { producers: [MIC] }) } });
    newlyTold();
  });

  test('opens, is received, pauses, goes on and closes', () => {
    apply({ event: 'producerOpened', data: { peerId: 'ann', producer: CAMERA } });
    peers.setTrack('ann', 'camera-1', trackOf('picture'));
    expect(sourceOf('ann', 'camera-1')?.track).toEqual({ id: 'picture' });
    apply({ event: 'producerResumed', data: { peerId: 'ann', producerId: 'camera-1' } });
    expect(sourceOf('ann', 'camera-1')?.paused).toBe(false);
    apply({ event: 'producerPaused', data: { peerId: 'ann', producerId: 'camera-1' } });
    expect(sourceOf('ann', 'camera-1')?.paused).toBe(true);
    apply({ event: 'producerClosed', data: { peerId: 'ann', producerId: 'camera-1' } });
    expect(sourceOf('ann', 'camera-1')).toBeUndefined();
    expect(newlyTold()).toEqual([
      'peerUpdated ann',
      'trackAdded camera-1 (picture) ann',
      'trackResumed camera-1 (picture) ann',
      'trackPaused camera-1 (picture) ann',
      'trackRemoved camera-1 (picture) ann',
      'peerUpdated ann',
    ]);
  });

  test('says nothing twice', () => {
    apply({ event: 'producerOpened', data: { peerId: 'ann', producer: { ...MIC, paused: true } } });
    apply({ event: 'producerResumed', data: { peerId: 'ann', producerId: 'mic-1' } });
    expect(sourceOf('ann', 'mic-1')?.paused).toBe(false);
    expect(newlyTold()).toEqual([]);
  });

  test('that was never received is not told as removed', () => {
    apply({ event: 'producerClosed', data: { peerId: 'ann', producerId: 'mic-1' } });
    expect(newlyTold()).toEqual(['peerUpdated ann']);
  });
});

test('of peers and sources that are gone nothing is told', () => {
  apply({ event: 'peerJoined', data: { peer: infoOf('ann') } });
  newlyTold();
  apply(
    { event: 'peerLeft', data: { peerId: 'bob', reason: 'left' } },
    { event: 'peerUpdated', data: { peerId: 'bob', handRaisedAt: 1 } },
    { event: 'producerOpened', data: { peerId: 'bob', producer: MIC } },
    { event: 'producerClosed', data: { peerId: 'ann', producerId: 'mic-1' } },
    { event: 'producerPaused', data: { peerId: 'ann', producerId: 'mic-1' } },
    { event: 'producerResumed', data: { peerId: 'bob', producerId: 'mic-1' } },
  );
  peers.setTrack('ann', 'mic-1', trackOf('late'));
  peers.setTrack('bob', 'mic-1', trackOf('late'));
  expect(newlyTold()).toEqual([]);
});

describe('the room as it is found', () => {
  test('first has all who are in it', () => {
    peers.reset([infoOf('ann', { producers: [MIC] }), infoOf('bob')]);
    expect([...peers.all.keys()]).toEqual(['ann', 'bob']);
    expect(newlyTold()).toEqual(['peerJoined ann', 'peerJoined bob']);
  });

  test('later is told as what changed meanwhile, and what goes on keeps its track', () => {
    peers.reset([infoOf('ann', { producers: [MIC, CAMERA] }), infoOf('bob', { producers: [MIC] })]);
    peers.setTrack('ann', 'mic-1', trackOf('sound'));
    peers.setTrack('ann', 'camera-1', trackOf('picture'));
    peers.setTrack('bob', 'mic-1', trackOf('voice'));
    const ann = peers.all.get('ann');
    newlyTold();

    const screen = { id: 'screen-1', kind: 'video', source: 'screen', paused: false } as const;
    const changed = infoOf('ann', { handRaisedAt: 5, producers: [{ ...MIC, paused: true }, screen] });
    peers.reset([changed, infoOf('cem')]);
    expect(newlyTold()).toEqual([
      'trackRemoved mic-1 (voice) bob',
      'peerLeft bob connection_lost',
      'trackRemoved camera-1 (picture) ann',
      'trackPaused mic-1 (sound) ann',
      'peerUpdated ann',
      'peerJoined cem',
    ]);
    expect(peers.all.get('ann')).toBe(ann);
    expect(ann).toMatchObject({ handRaisedAt: 5 });
    expect([...(ann?.sources.keys() ?? [])]).toEqual(['mic-1', 'screen-1']);
    expect(sourceOf('ann', 'mic-1')?.track).toEqual({ id: 'sound' });
  });
});

test('lost media takes the tracks and leaves peers and sources', () => {
  peers.reset([infoOf('ann', { producers: [MIC, CAMERA] })]);
  peers.setTrack('ann', 'mic-1', trackOf('sound'));
  newlyTold();
  peers.dropTracks();
  peers.dropTracks();
  expect(newlyTold()).toEqual(['trackRemoved mic-1 (sound) ann']);
  expect(sourceOf('ann', 'mic-1')).toMatchObject({ track: undefined });
  peers.setTrack('ann', 'mic-1', trackOf('again'));
  expect(newlyTold()).toEqual(['trackAdded mic-1 (again) ann']);
});

test('who has left tells nobody of the others', () => {
  peers.reset([infoOf('ann', { producers: [MIC] })]);
  peers.setTrack('ann', 'mic-1', trackOf('sound'));
  newlyTold();
  peers.clear();
  expect(peers.all.size).toBe(0);
  expect(newlyTold()).toEqual([]);
});
