/** node-datachannel, which is libdatachannel, as OBS uses it: H.264 and Opus, no header extensions, SSRCs with `msid`. */
import { Audio, PeerConnection, type Track, Video } from 'node-datachannel';
import { sendRtp } from './rtp-source.ts';
import { postOffer, readArguments, reportRegularly } from './signalling.ts';

const AUDIO = { codec: 'opus', payloadType: 111, ssrc: 1_111_111_111 } as const;
const VIDEO = { codec: 'H264', payloadType: 96, ssrc: 2_222_222_222 } as const;
const CNAME = 'wZ1qXSmjkrYn8Rf1';
const STREAM = 'gpZJWKhnFJd2YtX3';

const { mode, url } = readArguments();
const counts = { video: 0, audio: 0 };
const connection = new PeerConnection('client', { iceServers: [], disableAutoNegotiation: true });
const audio = connection.addTrack(describeAudio());
const video = connection.addTrack(describeVideo());
count(audio, 'audio');
count(video, 'video');
reportRegularly(() => ({ connected: connection.state() === 'connected', ...counts }));

const answer = await postOffer(url, await makeOffer());
if (mode === 'publish') {
  audio.onOpen(() => sendRtp(AUDIO, (packet) => audio.sendMessageBinary(packet)));
  video.onOpen(() => sendRtp(VIDEO, (packet) => video.sendMessageBinary(packet)));
}
connection.setRemoteDescription(answer, 'answer');

/** OBS waits for all candidates too. */
async function makeOffer(): Promise<string> {
  const gathered = Promise.withResolvers<void>();
  connection.onGatheringStateChange((state) => {
    if (state === 'complete') gathered.resolve();
  });
  connection.setLocalDescription();
  await gathered.promise;
  return connection.localDescription()?.sdp ?? '';
}

function describeAudio(): Audio {
  const description = new Audio('0', mode === 'publish' ? 'SendOnly' : 'RecvOnly');
  description.addOpusCodec(AUDIO.payloadType);
  if (mode === 'publish') description.addSSRC(AUDIO.ssrc, CNAME, STREAM, `${STREAM}-audio`);
  return description;
}

function describeVideo(): Video {
  const description = new Video('1', mode === 'publish' ? 'SendOnly' : 'RecvOnly');
  description.addH264Codec(VIDEO.payloadType);
  if (mode === 'play') description.addVP8Codec(97);
  if (mode === 'publish') description.addSSRC(VIDEO.ssrc, CNAME, STREAM, `${STREAM}-video`);
  return description;
}

function count(track: Track, kind: 'audio' | 'video'): void {
  track.onMessage(() => {
    counts[kind]++;
  });
}
