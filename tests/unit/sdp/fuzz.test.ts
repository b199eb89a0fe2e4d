/**
 * Offers of real clients with random changes: each is answered or refused, whatever it says. `SDP_MUTATIONS` is how many
 * (`npm run test:long` takes 100,000).
 */
import type { RtpCapabilities } from 'mediasoup/types';
import { beforeAll, expect, test } from 'vitest';
import { AppError } from '../../../src/lib/errors.ts';
import { RtpCapabilities as RtpCapabilitiesSchema, RtpParameters } from '../../../src/protocol/media.ts';
import { DtlsParameters } from '../../../src/protocol/transports.ts';
import { readAnswer } from '../../../src/sdp/server-answer.ts';
import { readPlayOffer, writePlayAnswer } from '../../../src/sdp/whep.ts';
import { readPublishOffer, writePublishAnswer } from '../../../src/sdp/whip.ts';
import { Random } from '../../support/random.ts';
import { corpus, DATA_SECTION, readOffer } from './corpus.ts';
import { expectOwnLines, routerCapabilities, transport } from './helpers.ts';

const MUTATIONS = Number(process.env.SDP_MUTATIONS ?? 1000);
const SEED = process.env.SDP_SEED ?? 'sdp';

/** What is put in the place of something else. */
const STRANGE = [
  '',
  ' ',
  '0',
  '-1',
  '65536',
  '4294967296',
  '1e999',
  'NaN',
  '__proto__',
  'constructor',
  'toString',
  '*',
  '~',
  ';',
  ',',
  '=',
  '\u0000',
  '\r\n',
  '\r\na=',
  '\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n',
  'ä',
  '\u{1f600}',
  '"',
  '<script>',
  'a'.repeat(5000),
  '9'.repeat(400),
];

let capabilities: RtpCapabilities;

beforeAll(async () => {
  capabilities = await routerCapabilities();
});

test(`${MUTATIONS} changed offers are answered or refused`, { timeout: 30 * 60_000 }, () => {
  const random = new Random(SEED);
  const outcomes = { answered: 0, refused: 0 };
  for (let n = 0; n < MUTATIONS; n++) {
    const sdp = mutate(random, readOffer(random.pick(corpus)));
    for (const read of [publish, play, answer]) {
      try {
        read(sdp);
        outcomes.answered++;
      } catch (error) {
        if (!(error instanceof AppError))
          throw new Error(`mutation ${n} of seed ${SEED}:\n${sdp}`, { cause: error });
        expect(error.code).toBe('invalid_media');
        expect(error.message.length).toBeLessThan(400);
        outcomes.refused++;
      }
    }
  }
  // Neither the one nor the other alone would show anything.
  expect(outcomes.answered).toBeGreaterThan(MUTATIONS / 4);
  expect(outcomes.refused).toBeGreaterThan(MUTATIONS / 4);
});

function publish(sdp: string): void {
  const offer = readPublishOffer(sdp, capabilities);
  expect(DtlsParameters.safeParse(offer.dtlsParameters).success).toBe(true);
  for (const { rtpParameters } of offer.publications) {
    expect(RtpParameters.safeParse(rtpParameters).success).toBe(true);
  }
  expectOwnLines(writePublishAnswer(offer, { transport, sessionId: 1 }));
}

function play(sdp: string): void {
  const offer = readPlayOffer(sdp, capabilities);
  expect(RtpCapabilitiesSchema.safeParse(offer.rtpCapabilities).success).toBe(true);
  expectOwnLines(writePlayAnswer(offer, { transport, sessionId: 1, streamId: 'room', tracks: new Map() }));
}

function answer(sdp: string): void {
  const sections = (['audio', 'video'] as const).map((kind, n) => ({ mid: String(n), kind }));
  const offer = {
    sdp: '',
    sections: sections.map((section) => ({ ...section, direction: 'recvonly' as const })),
  };
  const read = readAnswer(sdp, capabilities, offer);
  for (const { rtpParameters } of read.publications) {
    expect(RtpParameters.safeParse(rtpParameters).success).toBe(true);
  }
}

/** One to four changes: of characters, of words, of lines. */
function mutate(random: Random, sdp: string): string {
  let changed = sdp;
  for (let left = 1 + random.integer(4); left > 0; left--) changed = random.pick(CHANGES)(random, changed);
  return changed;
}

const CHANGES: readonly ((random: Random, sdp: string) => string)[] = [
  // A line is lost, doubled, or moved.
  (random, sdp) => onLines(sdp, (lines) => lines.splice(random.integer(lines.length), 1)),
  (random, sdp) => onLines(sdp, (lines) => lines.splice(random.integer(lines.length), 0, random.pick(lines))),
  (random, sdp) =>
    onLines(sdp, (lines) => {
      const [line = ''] = lines.splice(random.integer(lines.length), 1);
      lines.splice(random.integer(lines.length), 0, line);
    }),
  // A line of another client.
  (random, sdp) =>
    onLines(sdp, (lines) => {
      const other = readOffer(random.pick(corpus)).split('\r\n');
      lines.splice(random.integer(lines.length), 1, random.pick(other));
    }),
  // A word becomes another word, or something strange.
  (random, sdp) => onWords(sdp, (words) => words.splice(random.integer(words.length), 1, random.pick(words))),
  (random, sdp) =>
    onWords(sdp, (words) => words.splice(random.integer(words.length), 1, random.pick(STRANGE))),
  (random, sdp) =>
    onWords(sdp, (words) => words.splice(random.integer(words.length), 1, String(random.integer(70_000)))),
  // Characters change, and the text ends early.
  (random, sdp) => splice(sdp, random.integer(sdp.length + 1), 1, String.fromCharCode(random.integer(256))),
  (random, sdp) => splice(sdp, random.integer(sdp.length + 1), random.integer(40), ''),
  (random, sdp) => splice(sdp, random.integer(sdp.length + 1), 0, random.pick(STRANGE)),
  (random, sdp) => sdp.slice(0, random.integer(sdp.length + 1)),
  (_, sdp) => sdp + DATA_SECTION,
];

function onLines(sdp: string, change: (lines: string[]) => unknown): string {
  const lines = sdp.split('\r\n');
  change(lines);
  return lines.join('\r\n');
}

/** Words and what stands between them. */
function onWords(sdp: string, change: (words: string[]) => unknown): string {
  const words = sdp.split(/(\w+)/);
  change(words);
  return words.join('');
}

function splice(text: string, at: number, count: number, by: string): string {
  return text.slice(0, at) + by + text.slice(at + count);
}
