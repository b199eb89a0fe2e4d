/** What Prometheus reads of each part of the server. No label has the name of a room or a user. */
import { readFileSync } from 'node:fs';
import type { Base, Calls, Media, RoomParts, Store } from './floors.ts';
import type { Reading } from './lib/metrics.ts';
import type { MediaTotals, StreamTotals } from './media/media-totals.ts';

type Parts = Base & Store & Media & RoomParts & Calls;

/** Bytes of a page of memory on Linux, as `/proc/<pid>/statm` counts them. */
const PAGE_BYTES = 4096;

/**
 * @param sessions how many sockets of rooms there are
 * @param certificateExpiresAt when the certificate ends, in milliseconds since 1970-01-01 UTC
 */
export function readingsOf(
  parts: Parts,
  sessions: () => number,
  certificateExpiresAt: () => number | undefined,
): Reading[] {
  return [
    ...roomReadings(parts, sessions),
    ...mediaReadings(parts),
    ...streamReadings(parts.totals),
    ...storeReadings(parts),
    gauge('aq_agents', 'Sockets that are told of calls', () => parts.gateway.agents),
    {
      name: 'aq_tls_certificate_expiry_timestamp_seconds',
      help: 'When the certificate of this server ends; absent where it speaks no HTTPS',
      type: 'gauge',
      read: () => {
        const at = certificateExpiresAt();
        return at === undefined ? [] : [{ value: at / 1000 }];
      },
    },
  ];
}

function roomReadings({ rooms, load, availability }: Parts, sessions: () => number): Reading[] {
  return [
    gauge('aq_sessions', 'Sessions of rooms, joined or not', sessions),
    gauge('aq_peers', 'Peers that have joined, in all rooms', () => rooms.peers),
    gauge('aq_rooms', 'Open rooms', () => rooms.size),
    gauge('aq_ready', '1 while GET /ready answers 200', () =>
      Number(availability.readiness.status === 'ready'),
    ),
    gauge(
      'aq_event_loop_delay_seconds',
      'How late timers run, the median of a second',
      () => load.loopDelayMs / 1000,
    ),
  ];
}

function mediaReadings({ workers, load }: Parts): Reading[] {
  const perWorker = (measure: (usage: (typeof load.workers)[number]) => number) => () =>
    load.workers.map((usage, index) => ({ labels: { worker: String(index) }, value: measure(usage) }));
  const labels = ['worker'];
  return [
    gauge('aq_media_workers', 'Living media workers', () => workers.pids().length),
    counter('aq_media_worker_deaths_total', 'Media workers that died', () => workers.deaths),
    {
      ...gauge(
        'aq_media_worker_cpu_ratio',
        'The share of a core that a media worker uses',
        perWorker(({ cpu }) => cpu),
      ),
      labels,
    },
    {
      ...gauge(
        'aq_media_worker_answer_seconds',
        'How long a media worker takes to answer',
        perWorker(({ answerMs }) => answerMs / 1000),
      ),
      labels,
    },
    {
      ...gauge(
        'aq_media_worker_memory_bytes',
        'The resident memory of a media worker',
        perWorker(({ pid }) => memoryOf(pid)),
      ),
      labels,
    },
  ];
}

function streamReadings({ producers, consumers, bytes, received, sent, failures }: MediaTotals): Reading[] {
  const byKind = (counts: typeof producers) => () =>
    (['audio', 'video'] as const).map((kind) => ({ labels: { kind }, value: counts[kind] }));
  const byDirection = (name: keyof StreamTotals) => () => [
    { labels: { direction: 'received' }, value: received[name] },
    { labels: { direction: 'sent' }, value: sent[name] },
  ];
  const [kind, direction] = [['kind'], ['direction']];
  return [
    { ...gauge('aq_producers', 'Tracks that clients publish', byKind(producers)), labels: kind },
    { ...gauge('aq_consumers', 'Tracks that clients are sent', byKind(consumers)), labels: kind },
    {
      ...counter('aq_media_bytes_total', 'Bytes between clients and the server, media and data', () => [
        { labels: { direction: 'received' }, value: bytes.received },
        { labels: { direction: 'sent' }, value: bytes.sent },
      ]),
      labels: direction,
    },
    {
      ...counter('aq_rtp_packets_lost_total', 'RTP packets that were lost', byDirection('packetsLost')),
      labels: direction,
    },
    {
      ...counter(
        'aq_rtp_packets_requested_again_total',
        'RTP packets that were requested by NACK',
        byDirection('nacks'),
      ),
      labels: direction,
    },
    {
      ...counter(
        'aq_key_frames_requested_total',
        'Key frames that were requested by PLI',
        byDirection('plis'),
      ),
      labels: direction,
    },
    {
      ...counter('aq_transport_failures_total', 'Transports of clients that lost their connection', () => [
        { labels: { reason: 'ice' }, value: failures.ice },
        { labels: { reason: 'dtls' }, value: failures.dtls },
      ]),
      labels: ['reason'],
    },
  ];
}

function storeReadings({ database }: Parts): Reading[] {
  return [
    gauge(
      'aq_unsaved_changes',
      'Changes that are in force, and are saved as soon as the disk can be written',
      () => database.storage.unsaved,
    ),
    gauge(
      'aq_lost_changes',
      'Changes that are in force until the server ends, as too many others wait to be saved',
      () => database.storage.lost,
    ),
  ];
}

function gauge(name: string, help: string, read: Reading['read']): Reading {
  return { name, help, type: 'gauge', read };
}

function counter(name: string, help: string, read: Reading['read']): Reading {
  return { name, help, type: 'counter', read };
}

/** 0 where the system does not tell, as on macOS. */
function memoryOf(pid: number): number {
  try {
    const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return Number(pages) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
