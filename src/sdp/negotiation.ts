/** What a section that a client sends with, and this server's router, have in common. */

import type { RtpCapabilities as RouterRtpCapabilities } from 'mediasoup/types';
import {
  getExtendedRtpCapabilities,
  getSendingRemoteRtpParameters,
  getSendingRtpParameters,
  reduceCodecs,
} from 'mediasoup-client/ortc';
import { RtpParameters } from '../protocol/media.ts';
import { isMedia, type Section } from './description.ts';
import { readEncodings } from './encodings.ts';
import { checkAsJson, invalidSdp } from './invalid-sdp.ts';
import { plainCopy } from './plain-copy.ts';

const MID_URI = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const RID_URI = 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id';

/** A section whose media this server takes. */
export interface AcceptedSection {
  readonly section: Section;
  readonly kind: 'audio' | 'video';
  /** What to produce with. */
  readonly rtpParameters: RtpParameters;
  /** What to answer: the codecs and header extensions with the payload types and ids of the offer. */
  readonly answer: RtpParameters;
}

/**
 * Finds the parameters to produce with.
 *
 * @param routerCapabilities what the router takes; it is not changed
 * @throws AppError `invalid_media` when there is no codec in common, when its packets could not be told from others, or when
 * the parameters break the rules that those of `produce` obey
 */
export function negotiateSending(
  section: Section,
  routerCapabilities: RouterRtpCapabilities,
): AcceptedSection {
  const kind = section.type;
  if (!isMedia(kind)) throw invalidSdp(`section ${section.mid} carries no audio or video`);
  const own = {
    codecs: section.codecs,
    headerExtensions: sharedExtensions(section, kind, routerCapabilities),
  };
  const extended = getExtendedRtpCapabilities(plainCopy(own), plainCopy(routerCapabilities), true);
  const sending = getSendingRtpParameters(kind, extended);
  if (sending.codecs.length === 0) {
    throw invalidSdp(`section ${section.mid} offers no ${kind} codec that is supported here`);
  }
  const codecs = reduceCodecs(sending.codecs);
  const rtpParameters = checkAsJson(
    RtpParameters,
    {
      mid: section.mid,
      codecs,
      headerExtensions: sending.headerExtensions,
      encodings: readEncodings(section.raw, codecs.length > 1),
      // Without the client's canonical name: mediasoup makes one for each transport, and others are not told of a client's.
      rtcp: { reducedSize: true },
    },
    `section ${section.mid}`,
  );
  requireIdentifiable(rtpParameters, section);
  const remote = getSendingRemoteRtpParameters(kind, extended);
  const answer = checkAsJson(
    RtpParameters,
    {
      mid: section.mid,
      codecs: reduceCodecs(remote.codecs),
      headerExtensions: remote.headerExtensions,
      encodings: [{}],
    },
    `section ${section.mid}`,
  );
  return { section, kind, rtpParameters, answer };
}

/** The header extensions that the router knows too, with the section's own ids: another section may use others. */
function sharedExtensions(
  section: Section,
  kind: 'audio' | 'video',
  { headerExtensions = [] }: RouterRtpCapabilities,
) {
  return headerExtensions
    .filter((extension) => extension.kind === kind)
    .flatMap(({ uri }) => {
      const own = section.headerExtensions.find((extension) => extension.uri === uri);
      return own ? [{ kind, uri, preferredId: own.id }] : [];
    });
}

/** Packets are told apart by SSRC, by `rid`, or by `mid`. */
function requireIdentifiable({ encodings, headerExtensions = [] }: RtpParameters, { mid }: Section): void {
  const has = (uri: string) => headerExtensions.some((extension) => extension.uri === uri);
  if (encodings.some(({ rid }) => rid !== undefined) && !(has(RID_URI) && has(MID_URI))) {
    throw invalidSdp(`section ${mid} has simulcast by rid without the header extensions for mid and rid`);
  }
  if (encodings.some(({ ssrc, rid }) => ssrc === undefined && rid === undefined) && !has(MID_URI)) {
    throw invalidSdp(`section ${mid} has neither an SSRC nor the header extension for its mid`);
  }
}
