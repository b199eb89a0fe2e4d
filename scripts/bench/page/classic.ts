/** The classic order of a mediasoup join, as mediasoup's demo has it: each step awaits the server. */
import { Device } from 'mediasoup-client';
import type { Transport } from 'mediasoup-client/types';
import { endpointsOf } from '../../../src/client/endpoints.ts';
import { Signaling } from '../../../src/client/signaling.ts';
import type { ConsumerInfo } from '../../../src/protocol/model.ts';
import type { TransportOptions } from '../../../src/protocol/transports.ts';

interface Options {
  token: string;
  media: Promise<MediaStream>;
  onJoin: () => void;
  onTrack: (track: MediaStreamTrack, kind: 'audio' | 'video') => void;
}

/**
 * Joins. The server's `welcome` has both transports; here each of them costs the round trip of its request all the
 * same.
 */
export async function joinClassically({ token, media, onJoin, onTrack }: Options): Promise<void> {
  const endpoints = endpointsOf(location.origin);
  onJoin();
  const { signal } = new AbortController();
  const { signaling } = await Signaling.open({ url: endpoints.socket, token, signal });
  const { rtpCapabilities } = await (await fetch(endpoints.capabilities)).json();
  const device = new Device();
  await device.load({ routerRtpCapabilities: rtpCapabilities });
  await signaling.request('ping', {});
  if (!signaling.welcome.send) throw new Error('this bench publishes');
  const send = device.createSendTransport(settingsOf(signaling.welcome.send));
  await signaling.request('ping', {});
  const recv = device.createRecvTransport(settingsOf(signaling.welcome.recv));
  connectAwaited(signaling, send, recv);
  const room = await signaling.request('join', { rtpCapabilities: device.recvRtpCapabilities });
  await Promise.all([
    consumeAwaited(signaling, recv, room.consumers, onTrack),
    media.then((stream) => produceAwaited(send, stream)),
  ]);
}

function connectAwaited(signaling: Signaling, send: Transport, recv: Transport): void {
  for (const [direction, transport] of Object.entries({ send, recv })) {
    transport.on('connect', ({ dtlsParameters }, ok, fail) => {
      signaling.request('connect', { [direction]: dtlsParameters }).then(ok, fail);
    });
  }
  send.on('produce', ({ kind, rtpParameters }, ok, fail) => {
    const id = crypto.randomUUID();
    const source = kind === 'audio' ? 'mic' : 'camera';
    const { codecs, encodings = [], headerExtensions = [], rtcp = {}, mid = '' } = rtpParameters;
    signaling
      .request('produce', { id, source, rtpParameters: { codecs, encodings, headerExtensions, rtcp, mid } })
      .then(() => ok({ id }), fail);
  });
}

async function consumeAwaited(
  signaling: Signaling,
  recv: Transport,
  infos: readonly ConsumerInfo[],
  onTrack: Options['onTrack'],
): Promise<void> {
  for (const { id, producerId, kind, rtpParameters } of infos) {
    const headerExtensions = (rtpParameters.headerExtensions ?? []).flatMap(({ uri, ...extension }) =>
      uri === 'urn:ietf:params:rtp-hdrext:toffset' ? [] : [{ uri, ...extension }],
    );
    const consumer = await recv.consume({
      id,
      producerId,
      kind,
      rtpParameters: { ...rtpParameters, headerExtensions },
    });
    onTrack(consumer.track, kind);
    await signaling.request('resumeConsumers', { ids: [id] });
  }
}

async function produceAwaited(send: Transport, stream: MediaStream): Promise<void> {
  for (const track of stream.getTracks()) {
    const video = track.kind === 'video';
    await send.produce({ track, ...(video && { codecOptions: { videoGoogleStartBitrate: 1000 } }) });
  }
}

function settingsOf({ id, iceParameters, iceCandidates, dtlsParameters }: TransportOptions) {
  return { id, iceParameters, iceCandidates, dtlsParameters: { ...dtlsParameters } };
}
