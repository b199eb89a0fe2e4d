/** What a client can receive, as its consumers need it. */
import type { RtpCapabilities as RouterRtpCapabilities } from 'mediasoup/types';
import { RtpCapabilities } from '../protocol/media.ts';
import type { Section } from './description.ts';
import { checkAsJson } from './invalid-sdp.ts';
import type { PayloadProfile } from './payload-profile.ts';

export type HeaderExtension = NonNullable<RtpCapabilities['headerExtensions']>[number];

/**
 * The capabilities of a player with this profile.
 *
 * @throws AppError `invalid_media` when they break the rules that those of `join` obey
 */
export function playerCapabilities(
  profile: PayloadProfile,
  headerExtensions: readonly HeaderExtension[],
): RtpCapabilities {
  const codecs = profile.flatMap((entry) => {
    const { kind, payloadType, parameters, rtcpFeedback, rtxPayloadType } = entry;
    const { mimeType, clockRate, channels } = entry.routerCodec;
    const common = { kind, clockRate };
    const codec = {
      ...common,
      mimeType,
      preferredPayloadType: payloadType,
      channels,
      parameters,
      rtcpFeedback,
    };
    if (rtxPayloadType === undefined) return [codec];
    const rtx = {
      mimeType: `${kind}/rtx`,
      preferredPayloadType: rtxPayloadType,
      parameters: { apt: payloadType },
    };
    return [codec, { ...common, ...rtx }];
  });
  return checkAsJson(RtpCapabilities, { codecs, headerExtensions }, 'the codecs');
}

/**
 * The header extensions that mediasoup sends under the very ids that all these sections have for them. It leaves out others:
 * its ids are fixed.
 */
export function sendableExtensions(
  sections: readonly Section[],
  { headerExtensions = [] }: RouterRtpCapabilities,
): HeaderExtension[] {
  return headerExtensions
    .filter(({ direction = 'sendrecv' }) => direction === 'sendrecv' || direction === 'sendonly')
    .filter(({ kind, uri, preferredId }) => {
      const ofKind = sections.filter(({ type }) => type === kind);
      const has = (section: Section) =>
        section.headerExtensions.some((extension) => extension.uri === uri && extension.id === preferredId);
      return ofKind.length > 0 && ofKind.every(has);
    })
    .map(({ kind, uri, preferredId }) => ({ kind, uri, preferredId }));
}
