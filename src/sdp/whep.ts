/** WHEP (draft-ietf-wish-whep): a player offers what it can receive, and is answered with what it gets. */
import type { RtpCapabilities as RouterRtpCapabilities } from 'mediasoup/types';
import type { RtpCapabilities } from '../protocol/media.ts';
import { isMedia, parseDescription, type Section } from './description.ts';
import { type EgressPlan, planEgress } from './egress-codecs.ts';
import { invalidSdp } from './invalid-sdp.ts';
import { type PayloadProfile, readProfile } from './payload-profile.ts';
import { type HeaderExtension, playerCapabilities, sendableExtensions } from './player-capabilities.ts';
import { type ClientTransport, readTransport } from './transport-parameters.ts';
import {
  type OwnSection,
  type ServerTransport,
  type WrittenCodec,
  type WrittenParameters,
  writeDescription,
} from './writing.ts';

const TRANSPORT_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const ABS_SEND_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time';
const MID_URI = 'urn:ietf:params:rtp-hdrext:sdes:mid';
/** Only libwebrtc offers this: Chromium, Safari, and what is built on it. Trials with each client show that it follows streams. */
const OF_LIBWEBRTC = 'http://www.webrtc.org/experiments/rtp-hdrext/video-content-type';
/** The worker writes at most so many characters of a `mid` into packets. */
const MAX_MID_IN_PACKETS = 8;

/** A section that a track can be sent in. */
export interface PlayableSection {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
}

/** A player's offer. */
export interface PlayOffer extends ClientTransport {
  /** The router to send from; its profile is what the player gets. */
  readonly egress: EgressPlan;
  /** What to consume with on that router. */
  readonly rtpCapabilities: RtpCapabilities;
  /** In the order of the offer. */
  readonly playable: readonly PlayableSection[];
  /** What is answered with port 0, by its `mid`, and why. */
  readonly rejected: ReadonlyMap<string, string>;
  readonly sections: readonly Section[];
  /** The header extensions that packets carry under the ids of the offer. */
  readonly headerExtensions: readonly HeaderExtension[];
  /**
   * Whether the player shows whatever stream comes in a section. Its answer names no streams then: it would wait for those that
   * were named.
   */
  readonly followsStreams: boolean;
}

/** What is sent in a section. */
export interface PlayedTrack {
  readonly trackId: string;
  /** The parameters of the consumer. */
  readonly rtpParameters: WrittenParameters;
}

/**
 * Reads a player's offer. A section that cannot be played is rejected; an offer without any that can is refused.
 *
 * @param routerCapabilities what the room's router can do
 * @throws AppError `invalid_media`
 */
export function readPlayOffer(sdp: string, routerCapabilities: RouterRtpCapabilities): PlayOffer {
  const description = parseDescription(sdp);
  const rejected = new Map<string, string>();
  const wanted = description.sections.filter((section) => {
    const why = whyRejected(section);
    if (why !== undefined) rejected.set(section.mid, why);
    return why === undefined;
  });
  const egress = planEgress(readProfile(wanted, routerCapabilities));
  const playable = wanted.filter((section) => {
    if (codecsOf(section, egress.profile).length > 0) return true;
    rejected.set(section.mid, 'it offers no codec that is supported here');
    return false;
  });
  if (playable.length === 0) throw invalidSdp('no section of the offer can be played');
  const headerExtensions = withoutLongMid(sendableExtensions(playable, routerCapabilities), playable);
  return {
    ...readTransport(description, playable),
    egress,
    rtpCapabilities: playerCapabilities(egress.profile, headerExtensions),
    playable: playable.flatMap(({ mid, type }) => (isMedia(type) ? [{ mid, kind: type }] : [])),
    rejected,
    sections: description.sections,
    headerExtensions,
    followsStreams: wanted.some(({ headerExtensions: offered }) =>
      offered.some(({ uri }) => uri === OF_LIBWEBRTC),
    ),
  };
}

/**
 * Writes the answer: the sections of the offer in its order. A section that nothing is sent in yet is answered as one that
 * something may be sent in later.
 *
 * @param streamId the id of the one media stream that all tracks belong to; a token
 * @param tracks by the `mid` of their section
 */
export function writePlayAnswer(
  offer: PlayOffer,
  {
    transport,
    sessionId,
    streamId,
    tracks,
  }: {
    transport: ServerTransport;
    sessionId: number;
    streamId: string;
    tracks: ReadonlyMap<string, PlayedTrack>;
  },
): string {
  const setup = offer.dtlsParameters.role === 'server' ? 'active' : 'passive';
  const sections = offer.sections.map((section) => {
    const { mid, type } = section;
    if (offer.rejected.has(mid) || !isMedia(type)) return { rejected: section };
    return sendingSection(offer, section, type, { streamId, track: tracks.get(mid) });
  });
  return writeDescription({ sessionId, version: 1, setup, transport, sections });
}

function sendingSection(
  { egress, headerExtensions, followsStreams }: PlayOffer,
  section: Section,
  kind: 'audio' | 'video',
  { streamId, track }: { streamId: string; track: PlayedTrack | undefined },
): OwnSection {
  const extensions = headerExtensions.filter((extension) => extension.kind === kind);
  const first = track?.rtpParameters.codecs[0]?.payloadType;
  const codecs = codecsOf(section, egress.profile)
    .toSorted((a, b) => Number(b.payloadType === first) - Number(a.payloadType === first))
    .flatMap((entry) => answeredCodecs(entry, extensions));
  return {
    mid: section.mid,
    kind,
    direction: 'sendonly',
    rtpParameters: {
      codecs,
      headerExtensions: extensions.map(({ uri, preferredId }) => ({ uri, id: preferredId })),
      ...(track && !followsStreams && { encodings: track.rtpParameters.encodings }),
      ...(track?.rtpParameters.rtcp && { rtcp: track.rtpParameters.rtcp }),
    },
    msid: { streamId, trackId: track?.trackId ?? section.mid },
    extmapAllowMixed: true,
  };
}

function whyRejected({ rejected, type, direction }: Section): string | undefined {
  if (rejected) return 'the client has rejected it';
  if (!isMedia(type)) return 'it carries neither audio nor video';
  if (direction === 'sendonly' || direction === 'inactive') return 'it receives nothing';
  return undefined;
}

/** The codecs of the profile that this section has under the same payload types. */
function codecsOf(section: Section, profile: PayloadProfile): PayloadProfile {
  return profile.filter(({ kind, payloadType }) => {
    const own = section.codecs.find((codec) => codec.preferredPayloadType === payloadType);
    return own?.kind === kind;
  });
}

/** A long `mid` would not fit into packets. */
function withoutLongMid(
  extensions: readonly HeaderExtension[],
  sections: readonly Section[],
): HeaderExtension[] {
  const isLong = sections.some(({ mid }) => mid.length > MAX_MID_IN_PACKETS);
  return extensions.filter(({ uri }) => uri !== MID_URI || !isLong);
}

/** A codec with its retransmissions as lines of the answer. */
function answeredCodecs(
  { kind, routerCodec, payloadType, rtxPayloadType, parameters, rtcpFeedback }: PayloadProfile[number],
  extensions: readonly HeaderExtension[],
): WrittenCodec[] {
  const { mimeType, clockRate, channels } = routerCodec;
  const codec = {
    mimeType,
    payloadType,
    clockRate,
    ...(channels !== undefined && { channels }),
    parameters,
    rtcpFeedback: rtcpFeedback.filter(({ type }) => isUsable(type, extensions)),
  };
  if (rtxPayloadType === undefined) return [codec];
  return [
    codec,
    { mimeType: `${kind}/rtx`, payloadType: rtxPayloadType, clockRate, parameters: { apt: payloadType } },
  ];
}

/** Bandwidth is estimated by one header extension or the other, and not without. */
function isUsable(feedback: string, extensions: readonly HeaderExtension[]): boolean {
  const has = (uri: string) => extensions.some((extension) => extension.uri === uri);
  if (feedback === 'transport-cc') return has(TRANSPORT_CC);
  if (feedback === 'goog-remb') return has(ABS_SEND_TIME) && !has(TRANSPORT_CC);
  return true;
}
