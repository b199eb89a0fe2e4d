/**
 * The payload types that a player has fixed by its offer. It decodes a codec under the payload type that it offered for it
 * (RFC 3264 section 6.1), and mediasoup sends with its router's: each profile needs a router of its own.
 */

import type { RtpCapabilities as RouterRtpCapabilities, RtpCodecCapability } from 'mediasoup/types';
import { getExtendedRtpCapabilities } from 'mediasoup-client/ortc';
import type { RtpParameters } from '../protocol/media.ts';
import type { Section } from './description.ts';
import { plainCopy } from './plain-copy.ts';

/** One codec of the room, as a player takes it. */
export interface ProfileCodec {
  readonly kind: 'audio' | 'video';
  /** The codec of the room's router. */
  readonly routerCodec: RtpCodecCapability;
  readonly payloadType: number;
  /** The payload type of its retransmissions (RFC 4588), where the player has one. */
  readonly rtxPayloadType?: number;
  /** The parameters and the feedback that both sides know. */
  readonly parameters: NonNullable<RtpParameters['codecs'][number]['parameters']>;
  readonly rtcpFeedback: NonNullable<RtpParameters['codecs'][number]['rtcpFeedback']>;
}

/** In the router's order. */
export type PayloadProfile = readonly ProfileCodec[];

/**
 * The codecs that these sections of an offer share with the room, each under the first payload type that fits. The sections
 * of one bundle agree on what a payload type means.
 *
 * @param routerCapabilities what the room's router can do
 */
export function readProfile(
  sections: readonly Section[],
  routerCapabilities: RouterRtpCapabilities,
): PayloadProfile {
  const offered = { codecs: sections.flatMap(({ codecs }) => codecs), headerExtensions: [] };
  const { codecs } = getExtendedRtpCapabilities(plainCopy(routerCapabilities), plainCopy(offered), true);
  const taken = new Set<number>();
  return codecs.flatMap((codec): ProfileCodec[] => {
    const { remotePayloadType: payloadType, remoteRtxPayloadType: rtxPayloadType } = codec;
    const routerCodec = routerCapabilities.codecs?.find(
      ({ preferredPayloadType }) => preferredPayloadType === codec.localPayloadType,
    );
    if (!routerCodec || taken.has(payloadType)) return [];
    taken.add(payloadType);
    const { kind, remoteParameters: parameters, rtcpFeedback = [] } = plainCopy(codec);
    const rtx = rtxPayloadType === undefined ? {} : { rtxPayloadType };
    return [{ kind, routerCodec, payloadType, ...rtx, parameters, rtcpFeedback }];
  });
}
