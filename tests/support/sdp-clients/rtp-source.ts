/** RTP for clients that encode nothing: one picture again and again, each time as a key frame, and silence. */

/** 64×48 blue pixels. */
const VP8_KEY_FRAME = Buffer.from(
  '0AIAnQEqQAAwAAhHCIWFiJmEiCwCAnTyZro0eb8Wd8D+7CZf/BBfxBfxBWlCMM6w',
  'base64',
);
/** The same in H.264: SPS, PPS and an IDR slice. */
const H264_NAL_UNITS = [
  Buffer.from('Z0LQC4yNQjkA8IhGoA==', 'base64'),
  Buffer.from('aM48gA==', 'base64'),
  Buffer.from('ZbgABAAAf//+CKKAAICvjgACDRHAAKyak5OtV1111114', 'base64'),
];
/** RFC 6716 section 3.1: 20 ms of silence. */
const OPUS_SILENCE = Buffer.of(0xf8, 0xff, 0xfe);
/** RFC 7741 section 4.2: a frame starts here, and no extension follows. */
const VP8_DESCRIPTOR = Buffer.of(0x10);
/** RFC 6184 section 5.7.1. */
const STAP_A = Buffer.of(0x78);

const FRAME_MS = 40;
const AUDIO_FRAME_MS = 20;

export interface RtpFormat {
  codec: 'VP8' | 'H264' | 'opus';
  payloadType: number;
  ssrc: number;
}

/** Sends one stream in real time until the returned function is called. */
export function sendRtp(format: RtpFormat, send: (packet: Buffer) => void): () => void {
  const isAudio = format.codec === 'opus';
  const interval = isAudio ? AUDIO_FRAME_MS : FRAME_MS;
  const ticks = interval * (isAudio ? 48 : 90);
  let count = 0;
  const timer = setInterval(() => {
    send(Buffer.concat([header(format, count, ticks), payload(format.codec)]));
    count++;
  }, interval);
  return () => clearInterval(timer);
}

/** RFC 3550 section 5.1, with the marker: each frame is one packet. */
function header({ payloadType, ssrc }: RtpFormat, count: number, ticks: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt8(0x80, 0);
  bytes.writeUInt8(0x80 | payloadType, 1);
  bytes.writeUInt16BE(count % 0x10000, 2);
  bytes.writeUInt32BE((count * ticks) % 0x1_0000_0000, 4);
  bytes.writeUInt32BE(ssrc, 8);
  return bytes;
}

function payload(codec: RtpFormat['codec']): Buffer {
  if (codec === 'opus') return OPUS_SILENCE;
  if (codec === 'VP8') return Buffer.concat([VP8_DESCRIPTOR, VP8_KEY_FRAME]);
  const units = H264_NAL_UNITS.flatMap((unit) => [Buffer.of(unit.length >> 8, unit.length & 0xff), unit]);
  return Buffer.concat([STAP_A, ...units]);
}
