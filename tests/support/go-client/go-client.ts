/** A client of the Go server on @roamhq/wrtc, written after what is known of that protocol: see `page.js`. */
import wrtc from '@roamhq/wrtc';
import { expect } from 'vitest';
import { WebSocket } from 'ws';

const { RTCPeerConnection, nonstandard } = wrtc;
const WIDTH = 320;
const HEIGHT = 240;
const SAMPLE_RATE = 48_000;

interface Frame {
  event: string;
  [key: string]: unknown;
}

/** What a track has brought, by the id of its stream. */
interface Counted {
  readonly kind: string;
  readonly streamId: string;
  count: number;
}

/** One client, whose connection outlives its sockets. */
export class GoClient {
  readonly connection = new RTCPeerConnection();
  /** All frames that it was sent. */
  readonly frames: Frame[] = [];
  readonly tracks: Counted[] = [];
  readonly errors: string[] = [];
  readonly #url: string;
  readonly #stops: (() => void)[] = [];
  readonly #counted = new Set<string>();
  socket: WebSocket;
  /** The close code and its reason, of the socket of this moment. */
  closed: Promise<[code: number, reason: string]>;
  /** Keeps the answers back, as a client that is slow. */
  isSilent = false;

  private constructor(url: string) {
    this.#url = url;
    this.connection.ontrack = ({ track, streams }) => this.#count(track, streams[0]?.id ?? '');
    [this.socket, this.closed] = this.#open();
  }

  /** @param options.sends whether it has a camera and a microphone */
  static connect(server: { url: string }, token: string, { sends = true } = {}): GoClient {
    const url = `${server.url.replace('http', 'ws')}/aq_server/websocket?token=${token}`;
    const client = new GoClient(url);
    if (sends) client.#addTracks();
    return client;
  }

  /** Connects once more, with the same connection. */
  reconnect(): void {
    [this.socket, this.closed] = this.#open();
  }

  send(event: string, data: string): void {
    this.socket.send(JSON.stringify({ event, data }));
  }

  /** The frames of one event, so far. */
  all(event: string): Frame[] {
    return this.frames.filter((frame) => frame.event === event);
  }

  /** Waits until it is connected. */
  async connected(): Promise<void> {
    await expect
      .poll(() => this.connection.connectionState, { message: this.errors.join() })
      .toBe('connected');
  }

  /** Waits until so many videos and sounds flow from now on. */
  async receives(expected: { videos: number; audios: number }): Promise<void> {
    const before = new Map(this.tracks.map((track) => [track, track.count]));
    const flowing = (kind: string) =>
      this.tracks.filter((track) => track.kind === kind && track.count > (before.get(track) ?? 0) + 3).length;
    await expect
      .poll(() => ({ videos: flowing('video'), audios: flowing('audio') }), {
        message: this.errors.join() || 'what it receives',
      })
      .toEqual(expected);
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.socket.close();
    this.connection.close();
  }

  #open(): [WebSocket, Promise<[number, string]>] {
    const socket = new WebSocket(this.#url);
    socket.on('message', (data) => void this.#receive(JSON.parse(String(data)), socket));
    socket.on('error', (error) => this.errors.push(String(error)));
    const closed = new Promise<[number, string]>((resolve) => {
      socket.once('close', (code, reason) => resolve([code, String(reason)]));
    });
    return [socket, closed];
  }

  async #receive(frame: Frame, socket: WebSocket): Promise<void> {
    this.frames.push(frame);
    if (frame.event !== 'offer' || this.isSilent) return;
    try {
      await this.connection.setRemoteDescription(JSON.parse(String(frame.data)));
      const answer = await this.connection.createAnswer();
      await this.connection.setLocalDescription(answer);
      socket.send(JSON.stringify({ event: 'answer', data: JSON.stringify(answer) }));
    } catch (error) {
      this.errors.push(String(error));
    }
  }

  #count(track: MediaStreamTrack, streamId: string): void {
    // One section after the other may have the same track.
    if (this.#counted.has(track.id)) return;
    this.#counted.add(track.id);
    const counted: Counted = { kind: track.kind, streamId, count: 0 };
    this.tracks.push(counted);
    const count = () => {
      counted.count++;
    };
    if (track.kind === 'video') new nonstandard.RTCVideoSink(track).onframe = count;
    else new nonstandard.RTCAudioSink(track).ondata = count;
  }

  #addTracks(): void {
    const video = new nonstandard.RTCVideoSource();
    const audio = new nonstandard.RTCAudioSource();
    const tracks = [video.createTrack(), audio.createTrack()];
    const stream = new wrtc.MediaStream(tracks);
    for (const track of tracks) this.connection.addTrack(track, stream);
    let shade = 0;
    const samples = new Int16Array(SAMPLE_RATE / 100);
    const timers = [
      setInterval(() => {
        const data = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(shade++ % 256);
        video.onFrame({ width: WIDTH, height: HEIGHT, data });
      }, 100),
      setInterval(() => audio.onData({ samples, sampleRate: SAMPLE_RATE }), 10),
    ];
    this.#stops.push(() => timers.forEach(clearInterval));
  }
}
