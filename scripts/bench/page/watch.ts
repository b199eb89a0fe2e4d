/** Tells when things happen for the first time. */

/** How often a receiver is asked whether a packet came, in milliseconds. */
const POLL_MS = 20;

const connections: RTCPeerConnection[] = [];

/** Remembers each peer connection that is made from here on, and tells when a socket is made and open. */
export function watchConstructors(on: (mark: 'start' | 'open') => void): void {
  const { WebSocket: OriginalSocket, RTCPeerConnection: OriginalConnection } = window;
  window.WebSocket = class extends OriginalSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      on('start');
      super(url, protocols);
      this.addEventListener('open', () => on('open'));
    }
  };
  window.RTCPeerConnection = class extends OriginalConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
}

/** Calls back when the first frame of a video track is presented, or the first packet of an audio track is here. */
export function onceFlowing(track: MediaStreamTrack, flowing: () => void): void {
  const element = document.createElement(track.kind === 'video' ? 'video' : 'audio');
  element.autoplay = true;
  element.srcObject = new MediaStream([track]);
  document.body.append(element);
  if (element instanceof HTMLVideoElement) {
    element.muted = true;
    element.requestVideoFrameCallback(flowing);
    return;
  }
  const timer = setInterval(async () => {
    if (!(await hasPackets(track))) return;
    clearInterval(timer);
    flowing();
  }, POLL_MS);
  track.addEventListener('ended', () => clearInterval(timer));
}

async function hasPackets(track: MediaStreamTrack): Promise<boolean> {
  const receiver = connections
    .flatMap((connection) => connection.getReceivers())
    .find((candidate) => candidate.track.id === track.id);
  for (const stat of (await receiver?.getStats())?.values() ?? []) {
    if (stat.type === 'inbound-rtp' && stat.packetsReceived > 0) return true;
  }
  return false;
}
