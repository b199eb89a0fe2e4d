/** The options of `npm run load`, with bounds. */
import { parseArgs } from 'node:util';
import type { Kind } from './media-parameters.ts';

/** What may be asked of a server without `--i-own-this-server`. */
const MAX_PEERS = 2000;
const MAX_SECONDS = 3600;

export interface LoadOptions {
  readonly url: string;
  readonly rooms: number;
  readonly peers: number;
  readonly publish: readonly Kind[];
  /** Of each room. */
  readonly publishers: number;
  /** How many pictures and how many sounds each peer receives; all without it. */
  readonly receive?: number | undefined;
  readonly simulcast: boolean;
  /** Of the largest layer, in bits per second. */
  readonly bitrate: number;
  readonly speaking: number;
  readonly dtx: boolean;
  /** In seconds. */
  readonly duration: number;
  /** Per second. */
  readonly joinRate: number;
  /** Per second. */
  readonly churn: number;
}

/** What the command has beside that. */
export interface CommandOptions {
  readonly load: LoadOptions;
  readonly tokenCommand: string | undefined;
  readonly json: string | undefined;
  readonly streams: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
}

/** What is wrong with the options, in a sentence. */
export class OptionError extends Error {}

const KINDS: Record<string, readonly Kind[]> = {
  audio: ['audio'],
  video: ['video'],
  both: ['audio', 'video'],
  none: [],
};

/** @throws OptionError */
export function parseOptions(args: string[]): CommandOptions {
  const values = parse(args);
  const bound = values['i-own-this-server'] ? Infinity : undefined;
  const publish = KINDS[values.publish];
  if (!publish) throw new OptionError('--publish takes audio, video, both or none.');
  const peers = numberOf('peers', values.peers, 1, bound ?? MAX_PEERS);
  const rooms = numberOf('rooms', values.rooms, 1, bound ?? MAX_PEERS);
  if (rooms * peers > (bound ?? MAX_PEERS))
    throw new OptionError(`More than ${MAX_PEERS} peers need --i-own-this-server.`);
  if (!bound) assertLoopback(values.url);
  return {
    load: {
      url: new URL(values.url).origin,
      rooms,
      peers,
      publish,
      publishers: numberOf('publishers', values.publishers ?? String(peers), 0, peers),
      receive: values.receive === undefined ? undefined : numberOf('receive', values.receive, 0, Infinity),
      simulcast: values.simulcast,
      bitrate: numberOf('bitrate', values.bitrate ?? (values.simulcast ? '1700000' : '600000'), 1000, 1e8),
      speaking: numberOf('speaking', values.speaking, 0, Infinity),
      dtx: values.dtx,
      duration: numberOf('duration', values.duration, 1, bound ?? MAX_SECONDS),
      joinRate: numberOf('join-rate', values['join-rate'], 0.1, bound ?? 1000),
      churn: numberOf('churn', values.churn, 0, bound ?? 100),
    },
    tokenCommand: values['token-command'],
    json: values.json,
    streams: values.streams,
    quiet: values.quiet,
    help: values.help,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        url: { type: 'string', default: 'http://127.0.0.1:8080' },
        rooms: { type: 'string', default: '1' },
        peers: { type: 'string', default: '3' },
        publish: { type: 'string', default: 'both' },
        publishers: { type: 'string' },
        receive: { type: 'string' },
        simulcast: { type: 'boolean', default: false },
        bitrate: { type: 'string' },
        speaking: { type: 'string', default: '1' },
        dtx: { type: 'boolean', default: false },
        duration: { type: 'string', default: '10' },
        'join-rate': { type: 'string', default: '20' },
        churn: { type: 'string', default: '0' },
        'token-command': { type: 'string' },
        json: { type: 'string' },
        streams: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        'i-own-this-server': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  const range = Number.isFinite(most) ? `from ${least} to ${most}` : `of at least ${least}`;
  throw new OptionError(`--${name} takes a number ${range}.`);
}

/** Load on somebody else's server is an attack. */
function assertLoopback(url: string): void {
  if (!URL.canParse(url)) throw new OptionError('--url takes an address such as http://127.0.0.1:8080.');
  const { hostname } = new URL(url);
  if (hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)) return;
  throw new OptionError(`${hostname} is not this machine: a load test of it needs --i-own-this-server.`);
}
