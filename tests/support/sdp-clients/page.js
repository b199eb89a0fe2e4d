/** What a browser's page does as a client. See signalling.ts for the modes. */

/** @type {RTCPeerConnection} */
const connection = new RTCPeerConnection();
const mediaStream = new MediaStream();
connection.ontrack = ({ track }) => {
  mediaStream.addTrack(track);
  const element = document.createElement(track.kind);
  element.autoplay = true;
  element.muted = true;
  element.srcObject = new MediaStream([track]);
  document.body.append(element);
};

/** Makes the offer to publish or to play. */
async function makeOffer(mode, { simulcast = false, codec = '' } = {}) {
  if (mode === 'play') {
    connection.addTransceiver('audio', { direction: 'recvonly' });
    connection.addTransceiver('video', { direction: 'recvonly' });
  } else {
    await addTracks({ direction: 'sendonly', simulcast });
  }
  if (codec) preferCodec(codec);
  await connection.setLocalDescription();
  await gatheringComplete();
  return connection.localDescription.sdp;
}

async function acceptAnswer(sdp) {
  await connection.setRemoteDescription({ type: 'answer', sdp });
}

async function answerOffer(sdp) {
  await connection.setRemoteDescription({ type: 'offer', sdp });
  await connection.setLocalDescription();
  await gatheringComplete();
  return connection.localDescription.sdp;
}

/** Adds the camera and the microphone; with a direction as sections of their own. */
async function addTracks({ direction, simulcast } = {}) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: true,
    // Of a smaller picture Chromium sends fewer layers.
    video: simulcast ? { width: 1280, height: 720 } : { width: 640, height: 480 },
  });
  for (const track of stream.getTracks()) {
    if (!direction) {
      connection.addTrack(track, stream);
      continue;
    }
    const layers = simulcast && track.kind === 'video';
    const sendEncodings = layers
      ? [
          { rid: 'q', scaleResolutionDownBy: 4 },
          { rid: 'h', scaleResolutionDownBy: 2 },
          { rid: 'f', scaleResolutionDownBy: 1 },
        ]
      : [];
    connection.addTransceiver(track, { direction, streams: [stream], sendEncodings });
  }
}

function preferCodec(name) {
  const { codecs } = RTCRtpReceiver.getCapabilities('video');
  const preferred = codecs.filter(({ mimeType }) => mimeType === `video/${name}`);
  const others = codecs.filter(({ mimeType }) => mimeType !== `video/${name}`);
  for (const transceiver of connection.getTransceivers()) {
    if (transceiver.receiver.track.kind === 'video')
      transceiver.setCodecPreferences([...preferred, ...others]);
  }
}

async function gatheringComplete() {
  while (connection.iceGatheringState !== 'complete') {
    await new Promise((resolve) =>
      connection.addEventListener('icegatheringstatechange', resolve, { once: true }),
    );
  }
}

async function readReport() {
  const report = { connected: connection.connectionState === 'connected', video: 0, audio: 0 };
  for (const stat of (await connection.getStats()).values()) {
    if (stat.type !== 'inbound-rtp') continue;
    if (stat.kind === 'video') report.video += stat.framesDecoded ?? 0;
    else report.audio += stat.packetsReceived ?? 0;
  }
  return report;
}

Object.assign(globalThis, { makeOffer, acceptAnswer, answerOffer, addTracks, readReport });
