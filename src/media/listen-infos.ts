/** The addresses and ports that media is received on. */
import { networkInterfaces } from 'node:os';
import type { TransportListenInfo } from 'mediasoup/types';

/** Where media is received and sent. */
export interface ListenOptions {
  /** The IP address to bind; without it each address of this machine is bound and announced. */
  listenAddress?: string | undefined;
  /** The IP address or host name that clients are told instead of the bound one. */
  announcedAddress?: string | undefined;
  /** The port of the first worker, UDP and TCP; the next one takes the next. 0 takes free ports. */
  port: number;
}

/** What the worker in a slot listens on: UDP and TCP, on one port of each address. */
export function listenInfos(listen: ListenOptions, slot: number): TransportListenInfo[] {
  const port = listen.port === 0 ? {} : { port: listen.port + slot };
  const announced = listen.announcedAddress ? { announcedAddress: listen.announcedAddress } : {};
  const addresses = listen.listenAddress
    ? [listen.listenAddress]
    : ownAddresses(Boolean(listen.announcedAddress));
  return addresses.flatMap((ip) =>
    (['udp', 'tcp'] as const).map((protocol) => ({ protocol, ip, ...announced, ...port })),
  );
}

/** Ports of pipes between workers; the other ones where the media of clients has ports among them. */
const PIPE_PORTS = { min: 20_000, max: 29_999 };
const OTHER_PIPE_PORTS = { min: 30_000, max: 39_999 };
/** More than the ports that the workers of a machine take. */
const CLIENT_PORTS = 1024;

/** Where pipes between the workers of this machine listen: free ports of the loopback interface, which no firewall sees. */
export function pipeListenInfo({ port }: ListenOptions): TransportListenInfo {
  const isFree = port + CLIENT_PORTS < PIPE_PORTS.min || port > PIPE_PORTS.max;
  return { protocol: 'udp', ip: '127.0.0.1', portRange: isFree ? PIPE_PORTS : OTHER_PIPE_PORTS };
}

/** Each address that a browser could reach this machine by; loopback too, for a browser on the same machine. */
function ownAddresses(announced: boolean): string[] {
  if (announced) return ['0.0.0.0'];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all
    .filter(({ family, address }) => family === 'IPv4' || !isLinkLocal(address))
    .map(({ address }) => address);
}

/** RFC 4291 section 2.5.6: fe80::/10 needs a zone, which a candidate cannot carry. `::1` is left to IPv4's. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address) || address === '::1';
}
