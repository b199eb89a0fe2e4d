/** Janus with its video room, for comparison. */
import { randomInt } from 'node:crypto';
import { Generator } from '../load/generator.ts';
import { LOUD } from '../load/media-parameters.ts';
import type { RoomShape, Target } from './forward-target.ts';
import { JanusSession } from './janus-session.ts';

const CODECS = {
  audio: { payloadType: 111, rtpmap: 'opus/48000/2', clockRate: 48_000 },
  video: { payloadType: 96, rtpmap: 'VP8/90000', clockRate: 90_000 },
};
const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
const EXTENSIONS = { mid: 1, level: 6, sendTime: 0, transportCc: 0, captureTime: 0 };
/** It does not carry the capture time. */
const PASSWORD = '0123456789abcdef01234567';
const TIMES = { transportCc: 0, captureTime: 0, timeInPayload: true };

/** @param program of the generator */
export async function janus(program: string): Promise<Target> {
  const session = await JanusSession.start();
  const generator = await Generator.start(program);
  let rooms = 0;
  return {
    name: 'Janus',
    firstPackets: 20_000,
    generator,
    processes: [{ pid: session.pid, name: 'janus' }],
    async addRoom(shape) {
      await new JanusRoom(session, generator, ++rooms).fill(shape);
    },
    async close() {
      await generator.close();
      await session.close();
    },
  };
}

class JanusRoom {
  readonly #session: JanusSession;
  readonly #generator: Generator;
  readonly #room: number;

  constructor(session: JanusSession, generator: Generator, room: number) {
    this.#session = session;
    this.#generator = generator;
    this.#room = room;
  }

  async fill({ kind, publishers, viewers, bitrate }: RoomShape): Promise<void> {
    const codecs = { audiocodec: 'opus', videocodec: 'vp8', bitrate: 0 };
    const create = { request: 'create', room: this.#room, publishers, ...codecs };
    await this.#session.ask(await this.#session.attach(), create);
    const feeds = await Promise.all(
      Array.from({ length: publishers }, (_, index) => this.#publish(index + 1, kind, bitrate)),
    );
    const receivers = [...feeds, ...Array.from({ length: viewers }, () => undefined)];
    await Promise.all(
      receivers.map((own) =>
        this.#receive(
          feeds.filter((feed) => feed !== own),
          kind,
        ),
      ),
    );
  }

  /** Resolves to its number when it sends. */
  async #publish(id: number, kind: RoomShape['kind'], bitrate: number): Promise<number> {
    const { payloadType } = CODECS[kind];
    const ssrc = randomInt(1, 0xffffffff);
    const handle = await this.#session.attach();
    const join = { request: 'joinandconfigure', ptype: 'publisher', room: this.#room, id };
    const media = [`a=ssrc:${ssrc} cname:load`, 'a=sendonly', `a=msid:load ${kind}`];
    const sdp = [...this.#head('actpass'), ...section(kind, '0', media)].join('\r\n');
    const { jsep } = await this.#session.ask(handle, join, { type: 'offer', sdp: `${sdp}\r\n` });
    const transport = await this.#connect(jsep?.sdp ?? '', 'server');
    this.#generator.send({
      transport,
      kind,
      payloadType,
      mid: '0',
      ssrcs: [ssrc],
      firstLayer: kind === 'video' ? 1 : 0,
      bitrate,
      level: LOUD,
      dtx: false,
      extensions: kind === 'video' ? { ...EXTENSIONS, level: 0 } : EXTENSIONS,
    });
    return id;
  }

  /** One connection for all feeds. */
  async #receive(feeds: readonly number[], kind: RoomShape['kind']): Promise<void> {
    const handle = await this.#session.attach();
    const streams = feeds.map((feed) => ({ feed }));
    const join = { request: 'join', ptype: 'subscriber', room: this.#room, streams };
    const { jsep } = await this.#session.ask(handle, join);
    const offer = jsep?.sdp ?? '';
    const mids = [...offer.matchAll(/^a=mid:(\S+)/gm)].map(([, mid = '']) => mid);
    const answer = [
      ...this.#head('active', mids),
      ...mids.flatMap((mid) => section(kind, mid, ['a=recvonly'])),
    ];
    const connecting = this.#connect(offer, 'client');
    await this.#session.ask(
      handle,
      { request: 'start' },
      { type: 'answer', sdp: `${answer.join('\r\n')}\r\n` },
    );
    const transport = await connecting;
    const { clockRate } = CODECS[kind];
    const ssrcs = new Set([...offer.matchAll(/^a=ssrc:(\d+) cname/gm)].map(([, ssrc]) => Number(ssrc)));
    for (const ssrc of ssrcs) this.#generator.receive({ transport, kind, ssrc, clockRate });
  }

  async #connect(sdp: string, role: 'client' | 'server'): Promise<number> {
    const value = (name: string) => new RegExp(`^a=${name}:(.+?)\\r?$`, 'm').exec(sdp)?.[1] ?? '';
    const [, , , , ip = '', port = ''] = value('candidate').split(' ');
    const candidate = {
      foundation: '1',
      priority: 1,
      ip,
      address: ip,
      protocol: 'udp',
      port: Number(port),
      type: 'host',
    } as const;
    const fingerprint = value('fingerprint').split(' ')[1] ?? '';
    const { id, connected } = this.#generator.openTransport(
      {
        iceParameters: { usernameFragment: value('ice-ufrag'), password: value('ice-pwd') },
        iceCandidates: [candidate],
        dtlsParameters: { fingerprints: [{ algorithm: 'sha-256', value: fingerprint }] },
      },
      role,
      TIMES,
      // Whoever offers controls (RFC 8445 section 6.1.1).
      { password: PASSWORD, controlled: role === 'client' },
    );
    await connected;
    return id;
  }

  #head(setup: string, mids: readonly string[] = ['0']): string[] {
    return [
      'v=0',
      'o=- 1 1 IN IP4 127.0.0.1',
      's=-',
      't=0 0',
      `a=group:BUNDLE ${mids.join(' ')}`,
      'a=ice-ufrag:load',
      `a=ice-pwd:${PASSWORD}`,
      `a=fingerprint:sha-256 ${this.#generator.fingerprint}`,
      `a=setup:${setup}`,
    ];
  }
}

function section(kind: RoomShape['kind'], mid: string, lines: readonly string[]): string[] {
  const { payloadType, rtpmap } = CODECS[kind];
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 127.0.0.1',
    `a=mid:${mid}`,
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} ${rtpmap}`,
    ...(kind === 'video' ? [`a=rtcp-fb:${payloadType} nack pli`] : [`a=extmap:${EXTENSIONS.level} ${LEVEL}`]),
    `a=extmap:${EXTENSIONS.mid} ${MID}`,
    ...lines,
  ];
}
