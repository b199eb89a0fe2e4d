/** Offers that this server makes, and the answers to them. */
import type { RtpCapabilities } from 'mediasoup/types';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RtpParameters } from '../../../src/protocol/media.ts';
import { type Offer, OfferedSections } from '../../../src/sdp/offered-sections.ts';
import { readAnswer } from '../../../src/sdp/server-answer.ts';
import { readOffer } from './corpus.ts';
import { expectOwnLines, linesOf, outline, routerCapabilities, transport } from './helpers.ts';

const RECEIVING = ['0 video 9 recvonly', '1 audio 9 recvonly'];

let capabilities: RtpCapabilities;
let sections: OfferedSections;
let offered: Offer;

beforeAll(async () => {
  capabilities = await routerCapabilities();
});

beforeEach(() => {
  sections = new OfferedSections(capabilities, 42);
});

describe('an offer', () => {
  test('begins with a section for the video and one for the audio of the client', () => {
    const sdp = offer();
    expect(outline(sdp)).toEqual(RECEIVING);
    expect(linesOf(sdp, '0')).toContain('a=setup:actpass');
    expect(sdp).toContain('a=rtpmap:101 VP8/90000');
    expectOwnLines(sdp);
  });

  test('has one section for each track, with the stream of its peer', () => {
    add('video', 'alice');
    add('audio', 'alice');
    const sdp = offer();
    expect(outline(sdp)).toEqual([...RECEIVING, '2 video 9 sendonly', '3 audio 9 sendonly']);
    expect(linesOf(sdp, '2')).toContain('a=msid:alice track-2');
    expect(linesOf(sdp, '3')).toContain('a=msid:alice track-3');
    expectOwnLines(sdp);
  });

  test('says that a track has gone, and the next track of its kind takes its place', () => {
    add('video', 'alice');
    add('audio', 'alice');
    exchange();
    sections.clear('2');
    expect(sections.changed).toBe(true);
    expect(outline(exchange())[2]).toBe('2 video 9 inactive');
    expect(add('audio', 'bob')).toBe('5');
    expect(add('video', 'bob')).toBe('2');
    expect(outline(exchange()).slice(2)).toEqual([
      '2 video 9 sendonly',
      '3 audio 9 sendonly',
      '4 video 9 inactive',
      '5 audio 9 sendonly',
    ]);
  });

  test('does not give a place away before the client knows that its track has gone', () => {
    add('video', 'alice');
    exchange();
    sections.clear('2');
    expect(add('video', 'bob')).toBe('4');
    offer();
    expect(add('video', 'carol')).toBe('6');
    sections.answered();
    expect(add('video', 'dan')).toBe('2');
  });

  test('begins with the sections of any shorter one, whatever was sent in them', () => {
    for (const kind of ['audio', 'audio', 'video', 'audio'] as const) add(kind, 'alice');
    const older = outline(offer());
    sections = new OfferedSections(capabilities, 43);
    sections.grow(older.length + 4);
    const withoutDirection = (lines: string[]) => lines.map((line) => line.replace(/ \w+$/, ''));
    expect(withoutDirection(outline(offer())).slice(0, older.length)).toEqual(withoutDirection(older));
  });

  test('has as many sections as an answer may have, and no more', () => {
    sections.grow(1000);
    expect(outline(offer())).toHaveLength(128);
    for (let taken = 0; taken < 63; taken++) reserve('video');
    expect(sections.reserve('video')).toBeUndefined();
    expect(sections.reserve('audio')).toBe('3');
  });

  test('counts its versions in one session', () => {
    expect(offer()).toContain('o=- 42 1 IN IP4');
    expect(offer()).toContain('o=- 42 2 IN IP4');
  });

  test('is due when something was added or has gone, and not else', () => {
    expect(sections.changed).toBe(false);
    add('video', 'alice');
    expect(sections.changed).toBe(true);
    exchange();
    expect(sections.changed).toBe(false);
    sections.clear('2');
    expect(sections.changed).toBe(true);
    exchange();
    sections.clear('2');
    expect(sections.changed).toBe(false);
  });

  test('keeps the place of a track that did not come about', () => {
    const mid = reserve('video');
    sections.release(mid);
    // Nothing was ever sent in it: a client that sees it as inactive first might never play anything there.
    expect(outline(exchange())).toHaveLength(2);
    expect(reserve('video')).toBe(mid);
  });

  test('refuses the id of a stream that is no token', () => {
    const mid = reserve('video');
    const track = { rtpParameters: parameters(mid), streamId: 'a b', trackId: 'c' };
    expect(() => sections.fill(mid, track)).toThrow(expect.objectContaining({ code: 'invalid_media' }));
    expect(() => sections.fill('9', { ...track, streamId: 'a' })).toThrow('section 9 is not reserved');
  });

  test('has no line that a publisher made up', () => {
    const mid = reserve('video');
    const codec = { mimeType: 'video/VP8', payloadType: 101, clockRate: 90_000 };
    sections.fill(mid, {
      rtpParameters: {
        codecs: [{ ...codec, parameters: { 'a\r\na=x': 1, b: 'c\r\na=d', e: 'f;g', h: 'i' } }],
        encodings: [{ ssrc: 1 }],
        rtcp: { cname: 'x\r\na=y' },
      },
      streamId: 'alice',
      trackId: 'track',
    });
    const sdp = offer();
    expectOwnLines(sdp);
    expect(linesOf(sdp, mid)).toContain('a=fmtp:101 h=i');
  });
});

describe('an answer', () => {
  beforeEach(offer);

  test('belongs to its offer, whatever has changed since', () => {
    add('video', 'alice');
    expect(read(answerOf('chromium')).publications).toHaveLength(2);
  });

  test('says what the client sends and what it can receive', () => {
    const answer = read(answerOf('chromium'));
    expect(answer.publications.map(({ mid, kind }) => [mid, kind])).toEqual([
      ['0', 'video'],
      ['1', 'audio'],
    ]);
    expect(answer.dtlsParameters.role).toBe('client');
    const codecs = answer.rtpCapabilities.codecs?.map(({ mimeType }) => mimeType);
    expect(codecs).toEqual(expect.arrayContaining(['audio/opus', 'video/VP8', 'video/rtx', 'video/H264']));
  });

  test('of a client without camera and microphone sends nothing', () => {
    expect(read(answerOf('chromium').replaceAll('a=sendonly', 'a=inactive')).publications).toEqual([]);
  });

  test('says which tracks the client does not want', () => {
    add('video', 'alice');
    add('audio', 'alice');
    offer();
    const rest = ['m=video 0 UDP/TLS/RTP/SAVPF 101', 'a=mid:2', 'm=audio 9 UDP/TLS/RTP/SAVPF 100'];
    const transportLines = linesOf(answerOf('chromium'), '0').filter((line) =>
      /^a=(ice|fing|setup|rtcp-mux)/.test(line),
    );
    const more = [...rest, 'a=mid:3', 'a=recvonly', ...transportLines, ''].join('\r\n');
    const answer = answerOf('chromium').replace('a=group:BUNDLE 0 1', 'a=group:BUNDLE 0 1 3') + more;
    expect(read(answer).refused).toEqual(['2']);
  });

  test('with other sections than the offer is refused', () => {
    const swapped = readOffer('publish-chromium.sdp');
    const invalid = expect.objectContaining({ code: 'invalid_media' });
    expect(() => read(swapped)).toThrow(invalid);
    add('video', 'alice');
    offer();
    expect(() => read(answerOf('chromium'))).toThrow(invalid);
  });

  /** What a client that offered this would have answered: the same sections, the video first. */
  function answerOf(client: string): string {
    const [head = '', audio = '', video = ''] = readOffer(`publish-${client}.sdp`).split(/(?=^m=)/m);
    const renamed = [video.replace('a=mid:1', 'a=mid:0'), audio.replace('a=mid:0', 'a=mid:1')];
    return [head, ...renamed].join('').replaceAll('actpass', 'active');
  }

  function read(sdp: string) {
    return readAnswer(sdp, capabilities, offered);
  }
});

function offer(): string {
  offered = sections.offer(transport);
  return offered.sdp;
}

/** Offers, and has it answered. */
function exchange(): string {
  const sdp = offer();
  sections.answered();
  return sdp;
}

function add(kind: 'audio' | 'video', streamId: string): string {
  const mid = reserve(kind);
  sections.fill(mid, { rtpParameters: parameters(mid), streamId, trackId: `track-${mid}` });
  return mid;
}

function reserve(kind: 'audio' | 'video'): string {
  const mid = sections.reserve(kind);
  if (mid === undefined) throw new Error('there is no section left');
  return mid;
}

function parameters(mid: string): RtpParameters {
  return {
    mid,
    codecs: [
      { mimeType: 'video/VP8', payloadType: 101, clockRate: 90_000, rtcpFeedback: [{ type: 'nack' }] },
    ],
    encodings: [{ ssrc: 1000 + Number(mid) }],
    rtcp: { cname: 'publisher' },
  };
}
