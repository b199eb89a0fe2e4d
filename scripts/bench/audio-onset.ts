/** How much of somebody's first words is lost in a room that forwards the loudest alone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Generator, type StreamCounts } from '../load/generator.ts';
import { LOUD, SILENT } from '../load/media-parameters.ts';
import { type ExpectedStream, LoadPeer } from '../load/peer.ts';
import { capabilitiesOf } from '../load/run.ts';
import { startServerProcess } from './server-process.ts';

/** In milliseconds, one for each time that somebody began to speak. */
export interface Onsets {
  /** Of those that listeners are ready to receive. */
  readonly recent: number[];
  readonly others: number[];
}

const SPEAKING = 3;
/** Those who are forwarded in a silence, because they came first: their onsets lose nothing. */
const FORWARDED = 5;
/** Who are ready to be received, and not forwarded. */
const READY = 15;
const LISTENERS = 10;
/** How long the SDK takes to hear its user. */
const DETECTION_MS = 40;
const SPEECH_MS = 1000;

/** @param program of the load generator @param peers with microphones */
export async function measureOnsets(
  program: string,
  peers: number,
): Promise<{ hinted: Onsets; unhinted: Onsets }> {
  return { hinted: await measure(program, peers, true), unhinted: await measure(program, peers, false) };
}

async function measure(program: string, peers: number, withHints: boolean): Promise<Onsets> {
  const server = await startServerProcess();
  const generator = await Generator.start(program);
  try {
    const room = new OnsetRoom(generator);
    const router = await capabilitiesOf(server.url);
    const environment = {
      ...server,
      generator,
      router,
      onStream: (stream: ExpectedStream) => room.expect(stream),
    };
    for (let index = 0; index < peers; index++) {
      const speaking = index < SPEAKING;
      const plan = { room: 'onset', userId: `peer-${index}`, simulcast: false, bitrate: 0, dtx: false };
      room.speakers.push(await LoadPeer.join(environment, { ...plan, publish: ['audio'], speaking }));
    }
    await sleep(2000);
    const onsets: Onsets = { recent: [], others: [] };
    for (let index = FORWARDED; index < peers - LISTENERS; index++) {
      const onset = await room.onset(index, withHints);
      if (onset !== undefined) (index < FORWARDED + READY ? onsets.recent : onsets.others).push(onset);
    }
    return onsets;
  } finally {
    await generator.close();
    await server.close();
  }
}

class OnsetRoom {
  readonly speakers: LoadPeer[] = [];
  readonly #generator: Generator;
  readonly #streams: ExpectedStream[] = [];
  readonly #counts = new Map<number, StreamCounts>();

  constructor(generator: Generator) {
    this.#generator = generator;
    generator.on('stream', (counts) => this.#counts.set(counts.id, counts));
  }

  expect(stream: ExpectedStream): void {
    this.#streams.push(stream);
  }

  /** From the first word of a speaker who was not heard before to its arrival at the last listener; undefined where it did not. */
  async onset(index: number, withHint: boolean): Promise<number | undefined> {
    const speaker = this.speakers[index];
    const [sender = 0] = speaker?.senders ?? [];
    const began = Date.now();
    this.#generator.setLevel(sender, LOUD);
    if (withHint) {
      await sleep(DETECTION_MS);
      await speaker?.hintSpeaking();
    }
    await sleep(SPEECH_MS);
    this.#generator.setLevel(sender, SILENT);
    await this.#generator.streams();
    const listeners = new Set(this.speakers.slice(-LISTENERS).map(({ plan }) => plan.userId));
    const arrivals = this.#streams
      .filter(({ senderPeer, receiver }) => senderPeer === speaker?.id && listeners.has(receiver))
      .map(({ id }) => this.#counts.get(id)?.firstAt ?? 0)
      .filter((at) => at >= began);
    if (arrivals.length < LISTENERS) return undefined;
    return Math.max(...arrivals) - began;
  }
}
