/**
 * The codecs of a router that sends with a player's payload types.
 *
 * mediasoup takes a preferred payload type for each codec, but none for the retransmissions (RTX) of a video codec: they get
 * the first payload type of a fixed order that nothing before them has. Codecs that nobody uses take the others away.
 */
import type { RouterRtpCodecCapability } from 'mediasoup/types';
import type { PayloadProfile, ProfileCodec } from './payload-profile.ts';

/** The order in which mediasoup gives payload types away: 100 to 127, then 96 to 99. */
const ORDER: readonly number[] = [...range(100, 127), ...range(96, 99)];

/** What fills a gap: a codec that nobody sends with, of which there can be any number. */
const FILLER = { kind: 'audio', mimeType: 'audio/telephone-event', clockRate: 8000 } as const;

/** A router for one profile. */
export interface EgressPlan {
  /** What to create the router with. */
  readonly mediaCodecs: RouterRtpCodecCapability[];
  /**
   * The profile as the router can serve it. A codec whose retransmissions cannot get the player's payload type is served
   * without them: lost packets are then sent again as they were.
   */
  readonly profile: PayloadProfile;
  /** The same for profiles that can share a router. */
  readonly key: string;
}

/** A video codec and the place in `ORDER` of the payload type that its retransmissions get. */
interface Placed {
  readonly entry: ProfileCodec;
  readonly place: number;
  /** Whether that is the payload type that the player wants. */
  readonly steered: boolean;
}

/**
 * Plans the router for a profile. Codecs that come first in it are served first where two are in each other's way.
 */
export function planEgress(profile: PayloadProfile): EgressPlan {
  const audio = profile.filter(({ kind }) => kind === 'audio');
  const placed = placeVideos(profile);
  const needed = new Set([
    ...placed.map(({ place }) => ORDER[place]),
    ...placed.map(({ entry }) => entry.payloadType),
    ...audio.map(({ payloadType }) => payloadType),
  ]);
  const last = placed.at(-1)?.place ?? 0;
  const fillers = ORDER.slice(0, last).filter((payloadType) => !needed.has(payloadType));
  const mediaCodecs = [
    // Audio first: otherwise retransmissions could get a payload type that audio wants.
    ...audio.map(toRouterCodec),
    ...fillers.map((preferredPayloadType) => ({ ...FILLER, preferredPayloadType })),
    ...placed.map(({ entry }) => toRouterCodec(entry)),
  ];
  const unsteered = new Set(placed.filter(({ steered }) => !steered).map(({ entry }) => entry));
  const served = new Set([...audio, ...placed.map(({ entry }) => entry)]);
  return {
    mediaCodecs,
    profile: profile
      .filter((entry) => served.has(entry))
      .map((entry) => (unsteered.has(entry) ? withoutRtx(entry) : entry)),
    key: JSON.stringify(mediaCodecs),
  };
}

/** The videos in the order that the router must have them in. */
function placeVideos(profile: PayloadProfile): Placed[] {
  const primary = new Set(profile.map(({ payloadType }) => payloadType));
  const wanted = new Set(profile.map(({ rtxPayloadType }) => rtxPayloadType));
  const unused = [...ORDER.keys()].filter((place) => {
    const payloadType = ORDER[place] ?? 0;
    return !primary.has(payloadType) && !wanted.has(payloadType);
  });
  let placed: Placed[] = [];
  for (const entry of profile) {
    if (entry.kind === 'audio') continue;
    const { rtxPayloadType = -1 } = entry;
    const own = primary.has(rtxPayloadType) ? -1 : ORDER.indexOf(rtxPayloadType);
    const choices = [
      ...(own >= 0 ? [{ entry, place: own, steered: true }] : []),
      ...unused.map((place) => ({ entry, place, steered: false })),
    ];
    const fitting = choices.map((choice) => inOrder([...placed, choice])).find(isPossible);
    if (fitting) placed = fitting;
  }
  return placed;
}

function inOrder(placed: readonly Placed[]): Placed[] {
  return placed.toSorted((a, b) => a.place - b.place);
}

/**
 * Whether the router gives each its place: when a codec's turn comes, no payload type before that place may be left, neither
 * that of another's retransmissions nor that of a codec after it.
 */
function isPossible(placed: readonly Placed[]): boolean {
  return placed.every(({ place }, at) =>
    placed.slice(at + 1).every((later) => {
      const primary = ORDER.indexOf(later.entry.payloadType);
      return later.place !== place && (primary < 0 || primary > place);
    }),
  );
}

function toRouterCodec({ routerCodec, payloadType }: ProfileCodec): RouterRtpCodecCapability {
  const { kind, mimeType, clockRate, channels, parameters } = routerCodec;
  return {
    kind,
    mimeType,
    clockRate,
    ...(channels !== undefined && { channels }),
    ...(parameters && { parameters }),
    preferredPayloadType: payloadType,
  };
}

function withoutRtx({ rtxPayloadType: _, ...entry }: ProfileCodec): ProfileCodec {
  return entry;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}
