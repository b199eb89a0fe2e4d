/** WHIP (RFC 9725): a client offers what it sends, and is answered. */
import type { RtpCapabilities as RouterRtpCapabilities } from 'mediasoup/types';
import type { RtpParameters } from '../protocol/media.ts';
import { isMedia, parseDescription, type Section } from './description.ts';
import { readStreamId } from './encodings.ts';
import { invalidSdp } from './invalid-sdp.ts';
import { type AcceptedSection, negotiateSending } from './negotiation.ts';
import { type ClientTransport, readTransport } from './transport-parameters.ts';
import { type OwnSection, type RejectedSection, type ServerTransport, writeDescription } from './writing.ts';

/**
 * Where Chromium's bandwidth estimation starts, in kbit/s. With its own 300, the largest layer of 720p is not sent within
 * 20 s; with this, after 7 s.
 */
const START_BITRATE_KBPS = 1000;

/** One track that a WHIP client sends. */
export interface Publication {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  /** What to produce with. */
  readonly rtpParameters: RtpParameters;
  /** The id of its media stream, if the client named one. */
  readonly streamId: string | undefined;
}

/** A WHIP client's offer. */
export interface PublishOffer extends ClientTransport {
  /** At most one of each kind. */
  readonly publications: readonly Publication[];
  /** What is answered with port 0, by its `mid`, and why. */
  readonly rejected: ReadonlyMap<string, string>;
  /** Each section of the offer in its order: accepted, or to be answered with port 0. */
  readonly sections: readonly (AcceptedSection | RejectedSection)[];
}

/**
 * Reads the offer of a client that publishes. Sections that send nothing, and data channels, are rejected one by one; a
 * track that cannot be taken refuses the whole offer (RFC 9725 section 4.4).
 *
 * @param routerCapabilities what the router takes
 * @throws AppError `invalid_media`
 */
export function readPublishOffer(sdp: string, routerCapabilities: RouterRtpCapabilities): PublishOffer {
  const description = parseDescription(sdp);
  const rejected = new Map<string, string>();
  const sections = description.sections.map((section) => {
    const why = whyRejected(section);
    if (why === undefined) return negotiateSending(section, routerCapabilities);
    rejected.set(section.mid, why);
    return { rejected: section };
  });
  const accepted = sections.filter((section) => 'section' in section);
  for (const kind of ['audio', 'video']) {
    if (accepted.filter((section) => section.kind === kind).length > 1) {
      throw invalidSdp(`there is more than one ${kind} track`);
    }
  }
  return {
    ...readTransport(
      description,
      accepted.map(({ section }) => section),
    ),
    publications: accepted.map(({ section, kind, rtpParameters }) => ({
      mid: section.mid,
      kind,
      rtpParameters,
      streamId: readStreamId(section.raw),
    })),
    rejected,
    sections,
  };
}

/**
 * Writes the answer: the sections of the offer in its order, each `recvonly` or with port 0, with all candidates.
 *
 * @param sessionId a number for the `o=` line
 */
export function writePublishAnswer(
  offer: PublishOffer,
  { transport, sessionId }: { transport: ServerTransport; sessionId: number },
): string {
  const setup = offer.dtlsParameters.role === 'server' ? 'active' : 'passive';
  const sections = offer.sections.map((section) =>
    'section' in section ? receivingSection(section) : section,
  );
  return writeDescription({ sessionId, version: 1, setup, transport, sections });
}

function whyRejected({ rejected, type, direction }: Section): string | undefined {
  if (rejected) return 'the client has rejected it';
  if (!isMedia(type)) return 'it carries neither audio nor video';
  if (direction === 'recvonly' || direction === 'inactive') return 'it sends nothing';
  return undefined;
}

/** A section to receive a client's track with. */
export function receivingSection({ section, kind, rtpParameters, answer }: AcceptedSection): OwnSection {
  const rids = rtpParameters.encodings.flatMap(({ rid }) => (rid === undefined ? [] : [rid]));
  return {
    mid: section.mid,
    kind,
    direction: 'recvonly',
    rtpParameters: { ...answer, codecs: answer.codecs.map((codec) => tune(codec, rtpParameters)) },
    rids,
    extmapAllowMixed: true,
  };
}

/** What this server asks a sender for: a quick start of video, and stereo where it has stereo. */
function tune(
  codec: RtpParameters['codecs'][number],
  { codecs: [sent] }: RtpParameters,
): RtpParameters['codecs'][number] {
  const name = codec.mimeType.toLowerCase();
  if (name.endsWith('/rtx')) return codec;
  if (name.startsWith('video/')) {
    return { ...codec, parameters: { ...codec.parameters, 'x-google-start-bitrate': START_BITRATE_KBPS } };
  }
  if (sent?.parameters?.['sprop-stereo'] !== 1) return codec;
  return { ...codec, parameters: { ...codec.parameters, stereo: 1 } };
}
