/** What was counted and used up to some moment, and between two moments. */
import type { Generator, Totals } from './generator.ts';
import { type Buckets, quantile, since, sumOf } from './histogram.ts';
import { type Process, type Usage, usageOf } from './processes.ts';

/** One moment. */
export interface Sample {
  /** `performance.now()`. */
  readonly at: number;
  readonly totals: Totals;
  /** By process id. */
  readonly usages: ReadonlyMap<number, Usage>;
  /** CPU time of the generator with its signalling, in seconds. */
  readonly clientCpu: number;
}

/** Between two moments; rates are per second. CPU is in cores: 1 is all of one core. */
export interface Rates {
  readonly seconds: number;
  readonly received: Flow;
  readonly audio: Flow;
  readonly video: Flow;
  readonly sent: Flow;
  readonly lost: number;
  /** Of what should have arrived. */
  readonly lossRatio: number;
  /** From sending to arrival, in milliseconds. */
  readonly latencyMs: Quantiles;
  readonly server: readonly ServerUsage[];
  readonly clientCpu: number;
}

export interface Flow {
  readonly packets: number;
  readonly packetsPerSecond: number;
  readonly bitsPerSecond: number;
}

export interface Quantiles {
  readonly median: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

export interface ServerUsage extends Process {
  readonly cpu: number;
  /** Resident memory at the end, in bytes. */
  readonly memory: number;
}

/** Looks at everything once. */
export async function sample(generator: Generator, server: readonly Process[]): Promise<Sample> {
  const totals = await generator.totals();
  const usages = server.flatMap(({ pid }) => {
    const usage = usageOf(pid);
    return usage ? [[pid, usage] as const] : [];
  });
  const own = process.cpuUsage();
  const clientCpu = (own.user + own.system) / 1e6 + (usageOf(generator.pid)?.cpu ?? 0);
  return { at: performance.now(), totals, usages: new Map(usages), clientCpu };
}

export function ratesBetween(from: Sample, to: Sample, server: readonly Process[]): Rates {
  const seconds = (to.at - from.at) / 1000;
  const flow = (packets: number, bytes: number): Flow => ({
    packets,
    packetsPerSecond: packets / seconds,
    bitsPerSecond: (8 * bytes) / seconds,
  });
  const change = (of: (totals: Totals) => number) => of(to.totals) - of(from.totals);
  const [packets, bytes] = [
    change((t) => t.audio.packets + t.video.packets),
    change((t) => t.audio.bytes + t.video.bytes),
  ];
  const lost = Math.max(
    0,
    change((t) => t.lost),
  );
  return {
    seconds,
    received: flow(packets, bytes),
    audio: flow(
      change((t) => t.audio.packets),
      change((t) => t.audio.bytes),
    ),
    video: flow(
      change((t) => t.video.packets),
      change((t) => t.video.bytes),
    ),
    sent: flow(
      change((t) => t.sentPackets),
      change((t) => t.sentBytes),
    ),
    lost,
    lossRatio: lost === 0 ? 0 : lost / (packets + lost),
    latencyMs: latency(
      sumOf(
        ...(['audio', 'video'] as const).map((kind) =>
          since(from.totals[kind].latencyUs, to.totals[kind].latencyUs),
        ),
      ),
    ),
    server: server.flatMap((process) => usageBetween(process, from, to, seconds)),
    clientCpu: (to.clientCpu - from.clientCpu) / seconds,
  };
}

/** Microseconds to milliseconds. */
function latency(histogram: Buckets): Quantiles {
  const at = (share: number) => {
    const value = quantile(histogram, share);
    return value === undefined ? null : value / 1000;
  };
  return { median: at(0.5), p99: at(0.99), max: at(1) };
}

/** Nothing for a process that has ended or begun meanwhile. */
function usageBetween(process: Process, from: Sample, to: Sample, seconds: number): ServerUsage[] {
  const [before, after] = [from.usages.get(process.pid), to.usages.get(process.pid)];
  if (!before || !after) return [];
  return [{ ...process, cpu: (after.cpu - before.cpu) / seconds, memory: after.memory }];
}
