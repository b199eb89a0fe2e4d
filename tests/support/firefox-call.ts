/**
 * A call between Firefox and Chromium, run as a program of its own in a network namespace. Writes what each of them got
 * from the other as one line of JSON. With `--without-certificates` neither browser can make a certificate ahead.
 */
import { launch as launchChromium } from './browser.ts';
import { firefoxPage, launchFirefox } from './firefox.ts';
import { NAMESPACE_ADDRESS } from './network-namespace.ts';
import { startServer } from './server.ts';

/** What one side got from the other. */
export interface Received {
  /** Pictures that were shown. */
  frames: number;
  /** Of the sound, as WebRTC's statistics count it: silence has none. */
  audioEnergy: number;
  /** Whether the DTLS fingerprints were told with the join, ahead of the connection. */
  toldFingerprintsAhead: boolean;
  chat: string;
}

/** The part of a page that playwright and puppeteer have in common. */
interface AnyPage {
  evaluate(script: string): Promise<unknown>;
}

/** Takes from the browser what the short join needs of certificates. In the page. */
const FORGET_CERTIFICATES = 'void (RTCPeerConnection.generateCertificate = undefined)';

/** Joins, publishes camera and microphone, and watches what comes. In the page. */
const join = (token: string) => `(async () => {
  const [connections, requests, received] = [[], [], { frames: 0, audioEnergy: 0, chat: '' }];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) { super(configuration); connections.push(this); }
  };
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (text) { requests.push(JSON.parse(text)); send.call(this, text); };

  const { Room } = await import('/sdk.js');
  const room = new Room({ token: ${JSON.stringify(token)} });
  room.on('chat', ({ text }) => { received.chat = text; });
  room.on('trackAdded', ({ kind, track }) => {
    const element = document.createElement(kind);
    element.srcObject = new MediaStream([track]);
    document.body.append(element);
    void element.play();
    if (kind === 'audio') return;
    const count = () => { received.frames++; element.requestVideoFrameCallback(count); };
    element.requestVideoFrameCallback(count);
  });
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360 } });
  for (const track of media.getTracks()) room.publish(track, { source: track.kind === 'audio' ? 'mic' : 'camera' });
  await room.join();
  received.toldFingerprintsAhead = requests.find(({ method }) => method === 'join').params.dtls !== undefined;
  Object.assign(window, { room, received, connections });
})()`;

/** Resolves when enough has come, or after a time that is enough for it. In the page. */
const RECEIVED = `(async () => {
  const { received, connections } = window;
  for (const end = performance.now() + 20_000; performance.now() < end; ) {
    const stats = (await Promise.all(connections.map((one) => one.getStats()))).flatMap((all) => [...all.values()]);
    const sounds = stats.filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
    received.audioEnergy = Math.max(...sounds.map(({ totalAudioEnergy = 0 }) => totalAudioEnergy));
    if (received.frames >= 30 && received.audioEnergy > 0.01 && received.chat !== '') break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return received;
})()`;

const withoutCertificates = process.argv.includes('--without-certificates');
await using stack = new AsyncDisposableStack();
const server = await startServer({
  SERVER_ADDR: `${NAMESPACE_ADDRESS}:0`,
  MEDIA_LISTEN_ADDRESS: NAMESPACE_ADDRESS,
});
stack.defer(() => server.close());
const url = `http://${NAMESPACE_ADDRESS}:${server.app.port}/`;
const chromium = await launchChromium([`--unsafely-treat-insecure-origin-as-secure=${url}`]);
stack.defer(() => chromium.close());
const firefox = await launchFirefox();
stack.defer(() => firefox.close());

const page = await chromium.newPage();
await page.goto(url);
const pages: readonly AnyPage[] = [page, await firefoxPage(firefox, url)];
for (const [index, one] of pages.entries()) {
  if (withoutCertificates) await one.evaluate(FORGET_CERTIFICATES);
  await one.evaluate(join(server.token({ user_id: `user-${index}`, room: 'firefox' })));
}
for (const one of pages) await one.evaluate("window.room.chat('hello').then(() => {})");
const [inChromium, inFirefox] = await Promise.all(pages.map((one) => one.evaluate(RECEIVED)));
process.stdout.write(`${JSON.stringify({ inChromium, inFirefox })}\n`);
