/** The answer of a client that this server has made an offer to. */
import type { RtpCapabilities as RouterRtpCapabilities } from 'mediasoup/types';
import type { RtpCapabilities } from '../protocol/media.ts';
import { type Description, parseDescription, type Section } from './description.ts';
import { readStreamId } from './encodings.ts';
import { invalidSdp } from './invalid-sdp.ts';
import { negotiateSending } from './negotiation.ts';
import type { Offer } from './offered-sections.ts';
import { readProfile } from './payload-profile.ts';
import { playerCapabilities, sendableExtensions } from './player-capabilities.ts';
import { type ClientTransport, readTransport } from './transport-parameters.ts';
import type { Publication } from './whip.ts';

/** What an answer says. */
export interface Answer extends ClientTransport {
  /** What the client sends, in the sections made for that. */
  readonly publications: readonly Publication[];
  /** The sections, by their `mid`, that the client does not want what is sent in. */
  readonly refused: readonly string[];
  /** What the client can receive: to consume with. */
  readonly rtpCapabilities: RtpCapabilities;
}

/**
 * Reads an answer to an offer of `OfferedSections`.
 *
 * @param routerCapabilities what the offer was made with
 * @param offer the offer that it answers
 * @throws AppError `invalid_media`
 */
export function readAnswer(sdp: string, routerCapabilities: RouterRtpCapabilities, offer: Offer): Answer {
  const description = parseDescription(sdp);
  requireSameSections(description, offer);
  const { sections } = description;
  const inDirection = (direction: Offer['sections'][number]['direction']) =>
    sections.filter((_, index) => offer.sections[index]?.direction === direction);
  const receiving = inDirection('recvonly');
  const sending = receiving.filter(
    ({ rejected, direction }) => !rejected && (direction === 'sendonly' || direction === 'sendrecv'),
  );
  return {
    ...readTransport(
      description,
      sections.filter(({ rejected }) => !rejected),
    ),
    publications: sending
      .map((section) => negotiateSending(section, routerCapabilities))
      .map(({ section, kind, rtpParameters }) => ({
        mid: section.mid,
        kind,
        rtpParameters,
        streamId: readStreamId(section.raw),
      })),
    refused: inDirection('sendonly')
      .filter(isRefused)
      .map(({ mid }) => mid),
    rtpCapabilities: playerCapabilities(
      readProfile(sections, routerCapabilities),
      sendableExtensions(receiving, routerCapabilities),
    ),
  };
}

/** An answer has the sections of its offer in the same order (RFC 3264 section 6). */
function requireSameSections({ sections }: Description, offer: Offer): void {
  if (sections.length !== offer.sections.length) {
    throw invalidSdp(`the answer has ${sections.length} sections, the offer ${offer.sections.length}`);
  }
  for (const [index, { mid, kind }] of offer.sections.entries()) {
    const section = sections[index];
    if (section?.mid !== mid || section.type !== kind) {
      throw invalidSdp(`section ${index} of the answer is another than that of the offer`);
    }
  }
}

function isRefused({ rejected, direction }: Section): boolean {
  return rejected || direction === 'inactive';
}
