/** What a load test has found out: as JSON, and as text. */
import type { CountedStream, Crowd } from './crowd.ts';
import type { LoadOptions } from './options.ts';
import type { Quantiles, Rates } from './sampler.ts';

export interface Report {
  readonly options: LoadOptions;
  readonly joins: {
    readonly succeeded: number;
    /** By what was said. */
    readonly failed: Record<string, number>;
    /** Connections that the server or the network ended, by the reason. */
    readonly lost: Record<string, number>;
    /** In milliseconds, from the start of the connection. */
    readonly welcomeMs: Quantiles;
    readonly joinedMs: Quantiles;
    readonly connectedMs: Quantiles;
    /** Until the first packet of somebody who published before. */
    readonly firstAudioMs: Quantiles;
    readonly firstVideoMs: Quantiles;
  };
  /** While all were there. */
  readonly measured: Rates;
  /** From the first join until everything had arrived. */
  readonly total: {
    readonly streams: number;
    /** Streams that lasted to the end, and of which nothing came. */
    readonly silentStreams: number;
    readonly packets: number;
    readonly bytes: number;
    readonly lost: number;
    /** Over streams. */
    readonly jitterMs: Quantiles;
  };
  readonly streams?: readonly StreamReport[];
}

export interface StreamReport {
  readonly room: string;
  readonly receiver: string;
  readonly senderPeer: string;
  readonly kind: string;
  readonly packets: number;
  readonly bytes: number;
  readonly lost: number;
  readonly jitterMs: number;
}

/** To be called when the crowd has finished. */
export function makeReport(
  crowd: Crowd,
  options: LoadOptions,
  measured: Rates,
  withStreams: boolean,
): Report {
  const { streams, joins } = crowd;
  const sum = (of: (stream: CountedStream) => number) =>
    streams.reduce((total, stream) => total + of(stream), 0);
  return {
    options,
    joins: {
      succeeded: joins.length,
      failed: Object.fromEntries(crowd.failures),
      lost: Object.fromEntries(crowd.lost),
      welcomeMs: quantiles(joins.map(({ welcome }) => welcome)),
      joinedMs: quantiles(joins.map(({ joined }) => joined)),
      connectedMs: quantiles(joins.map(({ connected }) => connected)),
      firstAudioMs: quantiles(firstPackets(streams, 'audio')),
      firstVideoMs: quantiles(firstPackets(streams, 'video')),
    },
    measured,
    total: {
      streams: streams.length,
      silentStreams: streams.filter(({ counts, lasted }) => lasted && counts.packets === 0).length,
      packets: sum(({ counts }) => counts.packets),
      bytes: sum(({ counts }) => counts.bytes),
      lost: sum(({ counts }) => counts.lost),
      jitterMs: quantiles(
        streams.filter(({ counts }) => counts.packets > 1).map(({ counts }) => counts.jitterMs),
      ),
    },
    ...(withStreams && { streams: streams.map(streamReport) }),
  };
}

/** For each receiver, from the start of its connection to its first packet, in milliseconds. */
function firstPackets(streams: readonly CountedStream[], kind: string): number[] {
  const first = new Map<string, number>();
  for (const stream of streams) {
    const { receiver, joiningSince, counts } = stream;
    if (stream.kind !== kind || joiningSince === undefined || counts.firstAt === 0) continue;
    first.set(receiver, Math.min(first.get(receiver) ?? Infinity, counts.firstAt - joiningSince));
  }
  return [...first.values()];
}

function streamReport({ room, receiver, senderPeer, kind, counts }: CountedStream): StreamReport {
  const { packets, bytes, lost, jitterMs } = counts;
  return { room, receiver, senderPeer, kind, packets, bytes, lost, jitterMs };
}

/** Nulls where there are no values. */
export function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  return { median: at(0.5), p99: at(0.99), max: at(1) };
}

/** One line while it runs. */
export function progressLine(peers: number, rates: Rates): string {
  const { received, latencyMs, lossRatio, server, clientCpu } = rates;
  const usage = server.map(({ name, cpu, memory }) => `${name} ${percent(cpu)} ${mebibytes(memory)}`);
  return [
    `${peers} peers`,
    `${count(received.packetsPerSecond)} packets/s`,
    `${(received.bitsPerSecond / 1e6).toFixed(1)} Mbit/s`,
    `lost ${percent(lossRatio, 2)}`,
    `latency ${ms(latencyMs.median)}, p99 ${ms(latencyMs.p99)}`,
    ...(usage.length > 0 ? [`server: ${usage.join(', ')}`] : []),
    `client ${percent(clientCpu)}`,
  ].join(' | ');
}

/** The report for people. */
export function reportText({ joins, measured, total }: Report): string {
  const problems = [
    ...Object.entries(joins.failed).map(([reason, number]) => `${number} joins failed: ${reason}`),
    ...Object.entries(joins.lost).map(([reason, number]) => `${number} connections were lost: ${reason}`),
    ...(total.silentStreams > 0 ? [`${total.silentStreams} streams had no packet`] : []),
  ];
  const serverCpu = measured.server.reduce((sum, { cpu }) => sum + cpu, 0);
  return [
    `joins           ${joins.succeeded}`,
    `  welcome       ${range(joins.welcomeMs)}`,
    `  joined        ${range(joins.joinedMs)}`,
    `  connected     ${range(joins.connectedMs)}`,
    `  first audio   ${range(joins.firstAudioMs)}`,
    `  first video   ${range(joins.firstVideoMs)}`,
    `received        ${count(measured.received.packetsPerSecond)} packets/s, ${(measured.received.bitsPerSecond / 1e6).toFixed(1)} Mbit/s`,
    `sent            ${count(measured.sent.packetsPerSecond)} packets/s, ${(measured.sent.bitsPerSecond / 1e6).toFixed(1)} Mbit/s`,
    `lost            ${measured.lost} packets, ${percent(measured.lossRatio, 3)}`,
    `latency         ${range(measured.latencyMs)}`,
    `jitter          ${range(total.jitterMs)}`,
    ...measured.server.map(
      ({ name, pid, cpu, memory }) =>
        `${`server ${name}`.padEnd(15)} ${percent(cpu)} of a core, ${mebibytes(memory)} (process ${pid})`,
    ),
    `client          ${percent(measured.clientCpu)} of a core`,
    ...(serverCpu > 0
      ? [
          `packets per core ${count(measured.received.packetsPerSecond / serverCpu)} server, ${count(measured.received.packetsPerSecond / measured.clientCpu)} client`,
        ]
      : []),
    ...problems,
  ].join('\n');
}

function range({ median, p99, max }: Quantiles): string {
  return median === null ? '–' : `median ${ms(median)}, p99 ${ms(p99)}, max ${ms(max)}`;
}

function ms(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function percent(share: number, digits = 0): string {
  return `${(100 * share).toFixed(digits)} %`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
