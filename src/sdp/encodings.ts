/** Which RTP streams a section announces to send. */
import type { RtpParameters } from '../protocol/media.ts';
import type { RawSection } from './raw-description.ts';

export type Encoding = RtpParameters['encodings'][number];

/**
 * Chromium sends simulcast with three temporal layers. The worker forwards only the lowest where one layer is declared, and
 * loses nothing where three are declared and one is sent.
 */
const SIMULCAST_SCALABILITY_MODE = 'L1T3';

/**
 * The encodings of a section: the layers of its `simulcast` line (RFC 8853), the SSRCs of its `SIM` group, its one SSRC, or
 * one encoding without any, whose packets are told by the `mid` header extension.
 *
 * @param withRtx whether a codec for retransmissions was agreed on
 */
export function readEncodings(section: RawSection, withRtx: boolean): Encoding[] {
  const rids = simulcastRids(section);
  if (rids.length > 0) return rids.map((rid) => ({ rid, ...layered(rids) }));
  const ssrcs = primarySsrcs(section);
  if (ssrcs.length === 0) return [{}];
  return ssrcs.map((ssrc) => {
    const rtx = withRtx ? partner(section, 'FID', ssrc) : undefined;
    return { ssrc, ...(rtx !== undefined && { rtx: { ssrc: rtx } }), ...layered(ssrcs) };
  });
}

/** The id of the media stream that the section's track belongs to (RFC 8830). */
export function readStreamId(section: RawSection): string | undefined {
  const ofSsrc = section.ssrcs.find(({ attribute }) => attribute === 'msid')?.value?.split(' ')[0];
  return section.msid[0]?.id ?? ofSsrc;
}

/** The first alternative of each stream that is sent; paused ones too, as they may go on at any time. */
function simulcastRids({ simulcast, simulcast_03, rids }: RawSection): string[] {
  const sendable = new Set(rids.filter(({ direction }) => direction === 'send').map(({ id }) => id));
  const lists = [
    simulcast?.dir1 === 'send' ? simulcast.list1 : undefined,
    simulcast?.dir2 === 'send' ? simulcast.list2 : undefined,
    // The draft that Firefox implemented.
    /send rid=(\S+)/.exec(simulcast_03?.value ?? '')?.[1],
  ];
  const list = lists.find((value) => value !== undefined) ?? '';
  const first = list.split(';').map((stream) => stream.split(',')[0]?.replace('~', '') ?? '');
  return first.filter((rid) => sendable.has(rid));
}

function layered(streams: readonly unknown[]): Encoding {
  return streams.length > 1 ? { scalabilityMode: SIMULCAST_SCALABILITY_MODE } : {};
}

/** The SSRCs that carry media: no retransmission, no error correction. */
function primarySsrcs(section: RawSection): number[] {
  const simulcast = section.ssrcGroups.find(({ semantics }) => semantics === 'SIM');
  if (simulcast) return numbers(simulcast.ssrcs);
  const repair = new Set(
    section.ssrcGroups
      .filter(({ semantics }) => semantics === 'FID' || semantics === 'FEC-FR')
      .flatMap(({ ssrcs }) => numbers(ssrcs).slice(1)),
  );
  const primary = section.ssrcs.map(({ id }) => id).find((id) => !repair.has(id));
  return primary === undefined ? [] : [primary];
}

/** The second SSRC of the group of this semantics (RFC 5576 section 4.2) whose first one is this. */
function partner(section: RawSection, semantics: string, ssrc: number): number | undefined {
  return section.ssrcGroups
    .filter((group) => group.semantics === semantics)
    .map(({ ssrcs }) => numbers(ssrcs))
    .find(([first]) => first === ssrc)?.[1];
}

function numbers(list: string): number[] {
  return list.split(' ').filter(Boolean).map(Number);
}
