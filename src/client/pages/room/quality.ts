/** How well a connection carries media, from what the browser counts. */

export type QualityLevel = 'good' | 'weak' | 'poor';

export interface Quality {
  level: QualityLevel;
  /** Packets lost since the last look, in percent. */
  loss: number;
  /** Of a round trip to the server, in milliseconds. */
  roundTrip: number;
}

/** What is counted of one stream of packets, since its beginning. */
export interface Count {
  received: number;
  lost: number;
}

/** The stream of each track that is received, by the id of the track, and the round trip in milliseconds. */
export interface Reading {
  streams: ReadonlyMap<string, Count>;
  roundTrip: number;
}

type Stat = Record<string, unknown> & { type: string };

/** Reads what `RTCPeerConnection.getStats` tells of a connection that receives. */
export function readReport(report: Iterable<[string, Stat]>): Reading {
  const streams = new Map<string, Count>();
  let roundTrip = 0;
  for (const [, stat] of report) {
    if (stat.type === 'inbound-rtp' && typeof stat.trackIdentifier === 'string') {
      const { packetsReceived: received, packetsLost: lost } = stat;
      streams.set(stat.trackIdentifier, { received: Number(received ?? 0), lost: Number(lost ?? 0) });
    }
    if (stat.type === 'candidate-pair' && stat.nominated === true) {
      roundTrip = Math.round(1000 * Number(stat.currentRoundTripTime ?? 0));
    }
  }
  return { streams, roundTrip };
}

/** The fewest packets that say something of the loss: two seconds of speech that is going on. */
const ENOUGH = 20;

/** @param counts of the same stream before and now; undefined where too few packets came to say something */
export function judge(before: Count | undefined, now: Count, roundTrip: number): Quality | undefined {
  const received = now.received - (before?.received ?? 0);
  const lost = Math.max(now.lost - (before?.lost ?? 0), 0); // late packets are taken off again
  if (received + lost < ENOUGH) return undefined;
  const loss = Math.round((100 * lost) / (received + lost));
  return { level: levelOf(loss, roundTrip), loss, roundTrip };
}

/** Opus bears about a tenth of loss; beyond 400 ms people begin to talk at once (ITU-T G.114). */
function levelOf(loss: number, roundTrip: number): QualityLevel {
  if (loss >= 10 || roundTrip >= 800) return 'poor';
  return loss >= 3 || roundTrip >= 400 ? 'weak' : 'good';
}
