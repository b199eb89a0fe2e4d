/** The short join out of the SDK's own parts, with one of its steps left out. */
import { endpointsOf } from '../../../src/client/endpoints.ts';
import { type Preparation, prepare } from '../../../src/client/preparation.ts';
import { LocalPublication } from '../../../src/client/publication.ts';
import { Quarantine } from '../../../src/client/quarantine.ts';
import { Signaling } from '../../../src/client/signaling.ts';
import { Subscriptions } from '../../../src/client/subscriptions.ts';
import { Transports } from '../../../src/client/transports.ts';
import type { Step } from '../variants.ts';

interface Options {
  token: string;
  media: Promise<MediaStream>;
  onJoin: () => void;
  onTrack: (track: MediaStreamTrack, kind: 'audio' | 'video') => void;
}

/** Joins as `Session` does, but for the step. */
export async function joinWithout(step: Step, { token, media, onJoin, onTrack }: Options): Promise<void> {
  const endpoints = endpointsOf(location.origin);
  const prefetched = step === 'prefetch' ? undefined : prepare(endpoints.capabilities);
  onJoin();
  const { signal } = new AbortController();
  const { signaling } = await Signaling.open({ url: endpoints.socket, token, signal });
  const preparation = await (prefetched ?? prepare(endpoints.capabilities));
  const transports = new Transports({
    preparation: changed(preparation, step),
    remote: signaling.welcome,
    iceServers: [],
    request: (method, params) => signaling.request(method, params),
    onState: () => {},
  });
  if (step !== 'warm-recv') transports.warmRecv();
  const answer = signaling.request('join', {
    rtpCapabilities: preparation.device.recvRtpCapabilities,
    ...(transports.dtls && { dtls: transports.dtls }),
  });
  if (step === 'one-flight') await answer;
  const request: Signaling['request'] = (method, params) => signaling.request(method, params);
  const publishing = publish(await media, { transports, request });
  const subscriptions = new Subscriptions({
    transports,
    quarantine: new Quarantine(),
    request,
    onTrack: ({ kind }, track) => onTrack(track, kind),
    onData: () => {},
    onBroken: () => {},
  });
  subscriptions.open((await answer).consumers);
  await publishing;
}

async function publish(stream: MediaStream, side: Parameters<LocalPublication['attach']>[0]): Promise<void> {
  for (const track of stream.getTracks()) {
    const source = track.kind === 'audio' ? 'mic' : 'camera';
    new LocalPublication(track, { source }, () => {}).attach(side);
  }
}

function changed(preparation: Preparation, step: Step): Preparation {
  if (step === 'certificate') return { ...preparation, certificate: undefined };
  if (step !== 'role') return preparation;
  const device = Object.create(preparation.device, { handlerName: { value: 'any' } });
  return { ...preparation, device };
}
