/** An encoder's offer becomes a member of its room. */
import { randomInt } from 'node:crypto';
import type { RtpCapabilities } from 'mediasoup/types';
import { AppError, toAppError } from '../../lib/errors.ts';
import type { Journal } from '../../lib/journal.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Source } from '../../protocol/grants.ts';
import type { Costs } from '../../rooms/costs.ts';
import { Ingest } from '../../rooms/ingest.ts';
import type { PublicationLimits } from '../../rooms/publications.ts';
import type { Rooms } from '../../rooms/rooms.ts';
import { readPublishOffer, writePublishAnswer } from '../../sdp/whip.ts';
import type { OfferRequest } from './session-routes.ts';
import { WhipSession } from './whip-sessions.ts';

/** RFC 8866 section 5.2 leaves the session id to the one who makes it. */
const MAX_SESSION_ID = 2 ** 47;

export interface PublishParts {
  rooms: Rooms;
  costs: Costs;
  /** What the routers of rooms can do. */
  rtpCapabilities: RtpCapabilities;
  limits: PublicationLimits & { tokenToleranceMs: number };
  journal: Journal;
  logger: Logger;
}

export interface PublishRequest extends OfferRequest {
  /** What the video and the audio are. */
  readonly sources: Readonly<Record<'audio' | 'video', Source>>;
}

/**
 * Lets an encoder in.
 *
 * @throws AppError `invalid_media`, `rate_limited`, `forbidden`, `not_admitted` where it would have to wait in the lobby, and why the room
 * does not take it
 */
export async function publish(
  { sdp, identity, address, token, sources }: PublishRequest,
  { rooms, costs, rtpCapabilities, limits, journal, logger }: PublishParts,
): Promise<{ session: WhipSession; answer: string }> {
  const offer = readPublishOffer(sdp, rtpCapabilities);
  const [first] = offer.publications;
  if (!first) throw new AppError('invalid_media', 'the offer has no track');
  costs.take('connect', identity);
  costs.take('produce', identity, offer.publications.length);
  const lobby = new AbortController();
  const { room, userId: user } = identity;
  const noteLimit = (limit: string) => journal({ kind: 'limit-reached', user, room, target: limit });
  const { member: ingest } = await rooms.enter({
    identity,
    // The request cannot wait until a host looks; an encoder asks again by itself.
    onWaiting: () => lobby.abort('not_admitted'),
    signal: lobby.signal,
    createMember: (opened) => Ingest.open({ identity, address, room: opened, limits, noteLimit }),
    onClosed: (code) => logger.info({ room, user, code }, 'stream ended'),
  });
  try {
    const tracks = offer.publications.map(({ kind, rtpParameters }) => ({
      source: sources[kind],
      rtpParameters,
    }));
    await ingest.join(offer.dtlsParameters, tracks);
  } catch (error) {
    ingest.close(toAppError(error).code);
    throw error;
  }
  const { transport } = ingest;
  const answer = writePublishAnswer(offer, { transport, sessionId: randomInt(MAX_SESSION_ID) });
  const { tokenToleranceMs: toleranceMs } = limits;
  const session = new WhipSession({ member: ingest, token, mid: first.mid, ice: offer.ice, toleranceMs });
  logger.info({ room, user, peer: ingest.id, address }, 'stream began');
  return { session, answer };
}
