/** werift: WebRTC in TypeScript. It forwards RTP, and neither encodes nor decodes. */
import { MediaStreamTrack, RTCPeerConnection, useOPUS, useVP8 } from 'werift';
import { sendRtp } from './rtp-source.ts';
import { answerOffers, postOffer, readArguments, reportRegularly } from './signalling.ts';

const { mode, url } = readArguments();
const counts = { video: 0, audio: 0 };
const connection = new RTCPeerConnection({
  codecs: { audio: [useOPUS()], video: [useVP8()] },
  iceAdditionalHostAddresses: ['127.0.0.1'],
});
connection.onTrack.subscribe((track) => {
  track.onReceiveRtp.subscribe(() => {
    counts[track.kind === 'audio' ? 'audio' : 'video']++;
  });
});
reportRegularly(() => ({ connected: connection.connectionState === 'connected', ...counts }));

const audio = new MediaStreamTrack({ kind: 'audio' });
const video = new MediaStreamTrack({ kind: 'video' });
if (mode === 'answer') await answer();
else await offer();

async function offer(): Promise<void> {
  if (mode === 'play') {
    connection.addTransceiver('video', { direction: 'recvonly' });
    connection.addTransceiver('audio', { direction: 'recvonly' });
  } else {
    connection.addTransceiver(video, { direction: 'sendonly' });
    connection.addTransceiver(audio, { direction: 'sendonly' });
  }
  await connection.setLocalDescription(await connection.createOffer());
  const sdp = await postOffer(url, connection.localDescription?.sdp ?? '');
  await connection.setRemoteDescription({ type: 'answer', sdp });
  if (mode === 'publish') send();
}

async function answer(): Promise<void> {
  connection.addTrack(video);
  connection.addTrack(audio);
  let sending = false;
  await answerOffers(url, async (sdp) => {
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    if (!sending) send();
    sending = true;
    return connection.localDescription?.sdp ?? '';
  });
}

/** The track puts its own SSRC and payload type into what it sends. */
function send(): void {
  sendRtp({ codec: 'opus', payloadType: 96, ssrc: 1 }, (packet) => audio.writeRtp(packet));
  sendRtp({ codec: 'VP8', payloadType: 97, ssrc: 2 }, (packet) => video.writeRtp(packet));
}
