/** Who speaks in a room whose microphones are on several routers. */
import { EventEmitter } from 'node:events';
import { createWorker } from 'mediasoup';
import type { DirectTransport, Producer, Worker } from 'mediasoup/types';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { MEDIA_CODECS } from '../../../src/media/codecs.ts';
import { RoomSpeakers } from '../../../src/media/room-speakers.ts';
import type { Speakers } from '../../../src/media/speakers.ts';

type Observer = EventEmitter<{ changed: [Speakers] }>;

let worker: Worker;
let direct: DirectTransport;
let ssrc = 1;
let here: Observer;
let there: Observer;
let speakers: RoomSpeakers;
let told: Speakers[];

beforeAll(async () => {
  worker = await createWorker({ logLevel: 'error' });
  const router = await worker.createRouter({ mediaCodecs: MEDIA_CODECS });
  direct = await router.createDirectTransport();
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  [here, there] = [new EventEmitter(), new EventEmitter()];
  speakers = new RoomSpeakers();
  speakers.add(here);
  speakers.add(there);
  told = [];
  speakers.on('changed', (change) => told.push(change));
});
afterEach(() => {
  speakers.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
afterAll(() => worker.close());

async function microphone(): Promise<Producer> {
  const codec = { mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2 };
  const encodings = [{ ssrc: ssrc++ }];
  return await direct.produce({ kind: 'audio', rtpParameters: { codecs: [codec], encodings } });
}

/** An observer tells that one producer is dominant and how loud it is. */
function speak(observer: Observer, producer: Producer, level?: number): void {
  observer.emit('changed', {
    active: producer,
    levels: level === undefined ? [] : [{ producer, level }],
  });
}

test('levels of all routers are one ranking, and events that come close to each other are one', async () => {
  const [ann, bob] = [await microphone(), await microphone()];
  speak(here, ann, -40);
  expect(told).toHaveLength(1);
  speak(there, bob, -20);
  speak(here, ann, -45);
  expect(told).toHaveLength(1);
  vi.advanceTimersByTime(200);
  expect(told).toHaveLength(2);
  expect(told[1]?.levels).toEqual([
    { producer: bob, level: -20 },
    { producer: ann, level: -45 },
  ]);
});

test('the active speaker gives way to one of another router who is clearly louder', async () => {
  const [ann, bob] = [await microphone(), await microphone()];
  const active = () => told.at(-1)?.active;
  speak(here, ann, -40);
  vi.advanceTimersByTime(200);
  speak(there, bob, -35);
  expect(active()).toBe(ann);
  vi.advanceTimersByTime(200);
  speak(there, bob, -25);
  expect(active()).toBe(bob);
  vi.advanceTimersByTime(200);
  speak(here, ann, -40);
  expect(active()).toBe(bob);
});

test('who spoke last stays the active one in a silence, until somebody else speaks', async () => {
  const [ann, bob] = [await microphone(), await microphone()];
  speak(here, ann, -40);
  vi.advanceTimersByTime(200);
  speak(here, ann);
  expect(told.at(-1)).toEqual({ active: ann, levels: [] });
  vi.advanceTimersByTime(200);
  speak(there, bob, -50);
  expect(told.at(-1)?.active).toBe(bob);
});

test('neither a closed microphone nor one of a router that is gone is told', async () => {
  const [ann, bob] = [await microphone(), await microphone()];
  speak(here, ann, -40);
  speak(there, bob, -30);
  bob.close();
  vi.advanceTimersByTime(200);
  expect(told.at(-1)).toEqual({ active: ann, levels: [{ producer: ann, level: -40 }] });
  speakers.remove(here);
  speak(here, ann, -10);
  speak(there, bob);
  vi.advanceTimersByTime(200);
  expect(told.at(-1)).toEqual({ active: undefined, levels: [] });
});
