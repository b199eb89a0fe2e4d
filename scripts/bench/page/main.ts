/** The page of the bench: joins as its address says, and keeps when what happened. */
import { Room } from '../../../src/client/room.ts';
import { joinClassically } from './classic.ts';
import type { Marks, PageApi, Task } from './contract.ts';
import { onceFlowing, watchConstructors } from './watch.ts';
import { joinWithout } from './without-step.ts';

const bench: PageApi = { marks: {}, origin: Date.now() - performance.now(), seen: {}, log: [] };
Object.assign(window, {
  bench,
  hasMarks: (...names: (keyof Marks)[]) => names.every((name) => name in bench.marks),
  isSeen: (userId: string) => bench.seen[userId]?.video !== undefined,
});

watchConstructors((name) => mark(name));
const task: Task = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const media = navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 480 } });
run().catch((error: unknown) => bench.log.push(String(error)));

function run(): Promise<void> {
  if (task.role === 'crowd') return joinAsMany(task.tokens);
  const { token } = task;
  if (task.role === 'publisher') return joinWithSdk(token);
  const { client } = task;
  if (client === 'sdk') return joinWithSdk(token);
  if (client === 'warm') return joinFromPreJoin(token, task.settleMs);
  const onTrack = (track: MediaStreamTrack, kind: 'audio' | 'video') => onceFlowing(track, () => mark(kind));
  const options = { token, media, onJoin: () => mark('join'), onTrack };
  return client === 'classic' ? joinClassically(options) : joinWithout(client, options);
}

async function joinWithSdk(token: string): Promise<void> {
  const room = openRoom(token);
  mark('join');
  const joined = room.join();
  publish(room, await media);
  await joined;
}

/** Connects, waits until the media is warm and quiet, and joins, as somebody who has looked at a preview. */
async function joinFromPreJoin(token: string, settleMs: number): Promise<void> {
  const room = openRoom(token);
  const states = new Map<string, string>();
  const warm = new Promise<void>((resolve) => {
    room.on('mediaStateChanged', (direction, state) => {
      states.set(direction, state);
      if (states.get('send') === 'connected' && states.get('recv') === 'connected') resolve();
    });
  });
  const stream = await media;
  await room.connect();
  await warm;
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  publish(room, stream);
  mark('join');
  await room.join();
}

/** Joins once with each token, and sends a small picture each time: what is measured is how they are received. */
async function joinAsMany(tokens: readonly string[]): Promise<void> {
  const [camera] = (await media).getVideoTracks();
  if (!camera) throw new Error('there is no camera');
  await camera.applyConstraints({ width: 160, height: 120, frameRate: 10 });
  // One after the other: a browser opens one socket to a host at a time, and the last of many would wait too long.
  for (const token of tokens) {
    const room = new Room({ token });
    room.publish(camera.clone(), { source: 'camera', simulcast: false });
    await room.join();
  }
  mark('join');
}

function openRoom(token: string): Room {
  const room = new Room({ token });
  room.on('trackAdded', ({ track, kind }, { userId }) => {
    if (!track) return;
    onceFlowing(track, () => {
      mark(kind);
      bench.seen[userId] = { [kind]: Date.now(), ...bench.seen[userId] };
    });
  });
  return room;
}

function publish(room: Room, stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    room.publish(track, { source: track.kind === 'audio' ? 'mic' : 'camera' });
  }
}

function mark(name: keyof Marks): void {
  bench.marks[name] ??= performance.now();
}
