/**
 * A page of the Go server, written after what is known of it: `/aq_server/websocket?token=`, frames of `{"event","data"}`, one
 * RTCPeerConnection for its whole life, and up to ten tries to come back. It does what that page did, and nothing for this
 * server: it awaits no promise of its connection, and shows videos only.
 */

const goPage = { chat: [], offers: 0, errors: [], sockets: 0, closes: [], delayMs: 1000 };
Object.assign(globalThis, { goPage });

/** @param {string} url of the WebSocket @param {{ video?: boolean, audio?: boolean }} devices */
goPage.start = async (url, devices = { video: true, audio: true }) => {
  const connection = new RTCPeerConnection();
  goPage.connection = connection;
  connection.ontrack = (event) => {
    if (event.track.kind === 'audio') return;
    const [stream] = event.streams;
    const element = document.createElement('video');
    element.srcObject = stream;
    element.autoplay = true;
    element.muted = true;
    element.className = 'remote';
    document.documentElement.append(element);
    event.track.onmute = () => element.play().catch(() => {});
    stream.onremovetrack = () => element.remove();
  };
  if (devices.video || devices.audio) {
    const stream = await navigator.mediaDevices.getUserMedia(devices);
    for (const track of stream.getTracks()) connection.addTrack(track, stream);
  }
  connection.onicecandidate = ({ candidate }) => {
    if (candidate) send('candidate', JSON.stringify(candidate));
  };
  let attempts = 0;

  function connect() {
    const socket = new WebSocket(url);
    goPage.socket = socket;
    socket.onopen = () => {
      attempts = 0;
      goPage.sockets++;
    };
    socket.onmessage = ({ data }) => receive(JSON.parse(data));
    socket.onclose = ({ code, reason }) => {
      goPage.closes.push([code, reason]);
      if (attempts >= 10) return;
      const delay = Math.min(goPage.delayMs * 2 ** attempts++, 30_000) + Math.random() * goPage.delayMs;
      setTimeout(connect, delay);
    };
  }

  function send(event, data) {
    if (goPage.socket?.readyState === WebSocket.OPEN) goPage.socket.send(JSON.stringify({ event, data }));
  }

  function receive(message) {
    if (message.event === 'offer') answer(JSON.parse(message.data));
    else if (message.event === 'candidate') connection.addIceCandidate(JSON.parse(message.data));
    else if (message.event === 'chat') goPage.chat.push(message);
  }

  function answer(offer) {
    goPage.offers++;
    const note = (error) => goPage.errors.push(String(error));
    connection.setRemoteDescription(offer).catch(note);
    connection.createAnswer().then((description) => {
      connection.setLocalDescription(description).catch(note);
      send('answer', JSON.stringify(description));
    }, note);
  }

  goPage.say = (text) => send('chat', text);
  connect();
};

/** Frames of each video that is shown, and packets of sound. */
goPage.read = async () => {
  let audio = 0;
  const videos = [];
  for (const stat of (await goPage.connection.getStats()).values()) {
    if (stat.type !== 'inbound-rtp') continue;
    if (stat.kind === 'audio') audio += stat.packetsReceived;
    else videos.push({ mid: stat.mid, frames: stat.framesDecoded ?? 0 });
  }
  const shown = document.querySelectorAll('video.remote').length;
  return { audio, videos, shown, state: goPage.connection.connectionState };
};
