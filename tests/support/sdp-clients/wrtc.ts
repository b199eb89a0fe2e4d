/** @roamhq/wrtc: Google's WebRTC in Node, which encodes and decodes. */
import wrtc from '@roamhq/wrtc';
import { answerOffers, postOffer, readArguments, reportRegularly } from './signalling.ts';

const { RTCPeerConnection, nonstandard } = wrtc;
const WIDTH = 320;
const HEIGHT = 240;
const SAMPLE_RATE = 48_000;

const { mode, url } = readArguments();
const counts = { video: 0, audio: 0 };
const connection = new RTCPeerConnection();
connection.ontrack = ({ track }) => countFrames(track);
reportRegularly(() => ({ connected: connection.connectionState === 'connected', ...counts }));

if (mode === 'answer') await answer();
else await offer();

async function offer(): Promise<void> {
  if (mode === 'play') {
    connection.addTransceiver('video', { direction: 'recvonly' });
    connection.addTransceiver('audio', { direction: 'recvonly' });
  } else {
    addTracks();
  }
  await connection.setLocalDescription(await connection.createOffer());
  await gatheringComplete();
  const sdp = await postOffer(url, connection.localDescription?.sdp ?? '');
  await connection.setRemoteDescription({ type: 'answer', sdp });
}

async function answer(): Promise<void> {
  addTracks();
  await answerOffers(url, async (sdp) => {
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    await gatheringComplete();
    return connection.localDescription?.sdp ?? '';
  });
}

async function gatheringComplete(): Promise<void> {
  if (connection.iceGatheringState === 'complete') return;
  await new Promise<void>((resolve) => {
    connection.onicegatheringstatechange = () => {
      if (connection.iceGatheringState === 'complete') resolve();
    };
  });
}

function addTracks(): void {
  const video = new nonstandard.RTCVideoSource();
  const audio = new nonstandard.RTCAudioSource();
  const tracks = [video.createTrack(), audio.createTrack()];
  const stream = new wrtc.MediaStream(tracks);
  for (const track of tracks) connection.addTrack(track, stream);
  let count = 0;
  setInterval(() => {
    const data = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(count++ % 256);
    video.onFrame({ width: WIDTH, height: HEIGHT, data });
  }, 100);
  const samples = new Int16Array(SAMPLE_RATE / 100);
  setInterval(() => audio.onData({ samples, sampleRate: SAMPLE_RATE }), 10);
}

function countFrames(track: MediaStreamTrack): void {
  if (track.kind === 'video') {
    new nonstandard.RTCVideoSink(track).onframe = () => counts.video++;
  } else {
    new nonstandard.RTCAudioSink(track).ondata = () => counts.audio++;
  }
}
