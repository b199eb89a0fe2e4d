/**
 * Makes `media.bin`, which all simulated peers send: `node scripts/load/media/encode.ts`, with Debian's package ffmpeg. The
 * file is kept in the repository, so that nobody else needs an encoder. Its frames are small; a sender fills them up to the
 * bit rate that is asked for.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Read by `peer/media.c`. */
const MAGIC = 'AQMEDIA1';
/** A circle of three temporal layers has 4 frames; 96 are 3.2 s. */
const VIDEO_FRAMES = 96;
const AUDIO_FRAMES = 160;
/** As a camera of 1280×720 is sent, smallest first (`src/client/encodings.ts`). */
const SIZES = ['320x180', '640x360', '1280x720'];
const IVF_HEADER = 32;
const IVF_FRAME_HEADER = 12;
const OGG_HEADER = 27;

const folder = mkdtempSync(join(tmpdir(), 'aq-media-'));
const tracks = [encodeOpus(), ...SIZES.map(encodeVp8)];
rmSync(folder, { recursive: true });
const file = new URL('media.bin', import.meta.url);
writeFileSync(file, Buffer.concat([Buffer.from(MAGIC), ...tracks.map(packTrack)]));

/** Something that goes up and down like a voice, at 24 kbit/s. */
function encodeOpus(): Buffer[] {
  const path = join(folder, 'audio.ogg');
  const voice = "0.3*sin(2*PI*(180+40*sin(2*PI*3*t))*t)*(0.5+0.5*sin(2*PI*4*t))+0.05*random(0)':s=48000:d=4";
  const codec = ['-ac', '1', '-c:a', 'libopus', '-b:a', '24k', '-frame_duration', '20'];
  ffmpeg(['-f', 'lavfi', '-i', `aevalsrc='${voice}`, ...codec, path]);
  // The first two packets are Ogg's own: what it is, and tags.
  return oggPackets(readFileSync(path)).slice(2, 2 + AUDIO_FRAMES);
}

/** A test picture that counts, with one key frame at the start, in the temporal layers of `peer/vp8.h`. */
function encodeVp8(size: string): Buffer[] {
  const path = join(folder, `${size}.ivf`);
  const layers = [
    'ts_number_layers=3:ts_target_bitrate=16,24,40:ts_rate_decimator=4,2,1',
    'ts_periodicity=4:ts_layer_id=0,2,1,2:ts_layering_mode=3',
  ].join(':');
  ffmpeg([
    ...['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=30:duration=4`],
    ...['-c:v', 'libvpx', '-deadline', 'good', '-cpu-used', '0', '-qmin', '50', '-qmax', '63', '-b:v', '40k'],
    ...[
      '-g',
      '1000',
      '-keyint_min',
      '1000',
      '-auto-alt-ref',
      '0',
      '-lag-in-frames',
      '0',
      '-error-resilient',
      '1',
    ],
    ...['-ts-parameters', layers, path],
  ]);
  return ivfFrames(readFileSync(path)).slice(0, VIDEO_FRAMES);
}

function ffmpeg(args: string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args], { stdio: 'inherit' });
}

function ivfFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = IVF_HEADER; at < bytes.length; ) {
    const end = at + IVF_FRAME_HEADER + bytes.readUInt32LE(at);
    frames.push(bytes.subarray(at + IVF_FRAME_HEADER, end));
    at = end;
  }
  return frames;
}

/** RFC 3533 section 6: a packet is a row of segments, of which the last one is shorter than 255 bytes. */
function oggPackets(bytes: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  let packet: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const segments = bytes.subarray(at + OGG_HEADER, at + OGG_HEADER + bytes.readUInt8(at + OGG_HEADER - 1));
    at += OGG_HEADER + segments.length;
    for (const size of segments) {
      packet.push(bytes.subarray(at, at + size));
      at += size;
      if (size === 255) continue;
      packets.push(Buffer.concat(packet));
      packet = [];
    }
  }
  return packets;
}

/** The number of its frames, then each with its size before it; both in 16 bits. */
function packTrack(frames: Buffer[]): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(value);
    return bytes;
  };
  return Buffer.concat([number(frames.length), ...frames.flatMap((frame) => [number(frame.length), frame])]);
}
