/** A player's offer becomes a member of its room. */
import { randomInt } from 'node:crypto';
import type { RtpCapabilities } from 'mediasoup/types';
import { requireGrant } from '../../auth/grants.ts';
import { toAppError } from '../../lib/errors.ts';
import type { Journal } from '../../lib/journal.ts';
import type { Logger } from '../../lib/logger.ts';
import { Player } from '../../rooms/player.ts';
import type { PlayerFilter } from '../../rooms/player-choice.ts';
import type { PublicationLimits } from '../../rooms/publications.ts';
import type { Rooms } from '../../rooms/rooms.ts';
import { type PlayOffer, readPlayOffer, writePlayAnswer } from '../../sdp/whep.ts';
import type { OfferRequest } from './session-routes.ts';
import { WhipSession } from './whip-sessions.ts';

/** RFC 8866 section 5.2 leaves the session id to the one who makes it. */
const MAX_SESSION_ID = 2 ** 47;
/** The id of the one media stream that a player gets. */
const STREAM_ID = 'room';

export interface PlayParts {
  rooms: Rooms;
  /** What the routers of rooms can do. */
  rtpCapabilities: RtpCapabilities;
  limits: PublicationLimits & { maxOutgoingBitrate: number; tokenToleranceMs: number };
  journal: Journal;
  logger: Logger;
}

export interface PlayRequest extends OfferRequest {
  readonly filter: PlayerFilter;
}

/**
 * Lets a player in.
 *
 * @throws AppError `invalid_media`, `forbidden` without the grant `subscribe`, `not_admitted` where it would have to wait in the
 * lobby, and why the room does not take it
 */
export async function play(
  request: PlayRequest,
  { rooms, rtpCapabilities, limits, journal, logger }: PlayParts,
): Promise<{ session: WhipSession; answer: string }> {
  const { sdp, identity, address, token, filter } = request;
  requireGrant(identity, 'subscribe');
  const offer = readPlayOffer(sdp, rtpCapabilities);
  const lobby = new AbortController();
  const { room, userId: user } = identity;
  const noteLimit = (limit: string) => journal({ kind: 'limit-reached', user, room, target: limit });
  const { egress: plan, playable: sections, followsStreams: isSwitchable } = offer;
  const shown = { plan, sections, filter, isSwitchable, rtpCapabilities: offer.rtpCapabilities };
  const { member: player } = await rooms.enter({
    identity,
    // The request cannot wait until a host looks; a player asks again by itself.
    onWaiting: () => lobby.abort('not_admitted'),
    signal: lobby.signal,
    createMember: (opened) =>
      Player.open({ identity, address, room: opened, limits, noteLimit, logger, ...shown }),
    onClosed: (code) => logger.info({ room, user, code }, 'player ended'),
  });
  try {
    await player.join(offer.dtlsParameters);
  } catch (error) {
    player.close(toAppError(error).code);
    throw error;
  }
  const { tokenToleranceMs: toleranceMs } = limits;
  const mid = sections[0]?.mid ?? '';
  const session = new WhipSession({ member: player, token, mid, ice: offer.ice, toleranceMs });
  logger.info({ room, user, peer: player.id, address }, 'player began');
  return { session, answer: writeAnswer(offer, player) };
}

function writeAnswer(offer: PlayOffer, { transport, receiver }: Player): string {
  const playing = [...receiver.playing()].map(
    ([mid, { kind, rtpParameters }]) => [mid, { trackId: kind, rtpParameters }] as const,
  );
  return writePlayAnswer(offer, {
    transport,
    sessionId: randomInt(MAX_SESSION_ID),
    streamId: STREAM_ID,
    tracks: new Map(playing),
  });
}
