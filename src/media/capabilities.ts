import { canConsume } from 'mediasoup/ortc';
import type { RtpCapabilities, RtpCodecCapability, RtpHeaderExtension } from 'mediasoup/types';
import { AppError } from '../lib/errors.ts';
import type { RtpParameters } from '../protocol/media.ts';

type Codec = Pick<RtpCodecCapability, 'mimeType' | 'clockRate' | 'channels' | 'parameters'>;
type Feedback = NonNullable<RtpCodecCapability['rtcpFeedback']>[number];

/**
 * The part of a client's capabilities that a router can use: at most one codec for each of the router's, and the header
 * extensions that both have. mediasoup makes the same consumers with the result, and copies and searches it for each of them.
 * @param theirs the client's
 * @param ours the router's
 */
export function reduceCapabilities(theirs: RtpCapabilities, ours: RtpCapabilities): RtpCapabilities {
  const codecs = new Map<RtpCodecCapability, RtpCodecCapability>();
  for (const our of ours.codecs ?? []) {
    const their = theirs.codecs?.find((codec) => isSameCodec(codec, our));
    if (their && !codecs.has(their))
      codecs.set(their, { ...their, rtcpFeedback: sharedFeedback(their, our) });
  }
  return { codecs: [...codecs.values()], headerExtensions: sharedHeaderExtensions(theirs, ours) };
}

/**
 * Checks that a router takes all codecs of a producer. mediasoup does that too, but for the profile of AV1: a browser that
 * does not have the profile would refuse the whole section of a description.
 * Throws `invalid_media`.
 */
export function assertCodecsTaken({ codecs }: RtpParameters, ours: RtpCapabilities): void {
  for (const codec of codecs) {
    if (ours.codecs?.some((our) => isSameCodec(codec, our))) continue;
    throw new AppError('invalid_media', `the router does not take ${codec.mimeType} with these parameters`);
  }
}

/** Whether mediasoup would match the two, and their profiles are the same where it does not look. */
function isSameCodec(their: Codec, our: RtpCodecCapability): boolean {
  const name = our.mimeType.toLowerCase();
  if (their.mimeType.toLowerCase() !== name || their.clockRate !== our.clockRate) return false;
  if (name.endsWith('/rtx')) return true;
  if (name === 'video/av1' && av1Profile(their) !== av1Profile(our)) return false;
  // A copy, as mediasoup writes defaults into what it is given.
  const capability = {
    ...structuredClone(their),
    kind: our.kind,
    preferredPayloadType: our.preferredPayloadType,
  };
  const consumable = { ...our, payloadType: our.preferredPayloadType };
  return canConsume({ codecs: [consumable] }, { codecs: [capability] });
}

/** RTP Payload Format For AV1, section 7: 0 where it is not given. */
function av1Profile({ parameters }: Codec): unknown {
  return parameters?.profile ?? 0;
}

function sharedFeedback(their: RtpCodecCapability, our: RtpCodecCapability): Feedback[] {
  return (our.rtcpFeedback ?? []).filter((ours) =>
    their.rtcpFeedback?.some(
      ({ type, parameter = '' }) => type === ours.type && parameter === (ours.parameter ?? ''),
    ),
  );
}

/** mediasoup compares address and id alone, whatever the kind. */
function sharedHeaderExtensions(theirs: RtpCapabilities, ours: RtpCapabilities): RtpHeaderExtension[] {
  return (ours.headerExtensions ?? []).filter((our) =>
    theirs.headerExtensions?.some(
      ({ uri, preferredId }) => uri === our.uri && preferredId === our.preferredId,
    ),
  );
}
