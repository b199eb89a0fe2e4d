/** Describes expected failures of a start for operators: one sentence with the cause, the variable and the remedy. */
import { isAbsolute, relative } from 'node:path';
import type { Config } from './config.ts';
import { PagesMissingError } from './http/pages/pages.ts';
import { CertificateError } from './http/tls/certificates.ts';
import { findPortOwner } from './lib/port-owner.ts';
import { WorkerStartError } from './media/workers.ts';
import { FolderInUseError } from './store/folder-lock.ts';
import { NewerDatabaseError, resultCodeOf } from './store/sqlite.ts';

export interface StartContext {
  config: Config;
  /** The folder of the database, absolute. */
  dataDir: string;
}

/** The sentence for an expected failure; undefined for a bug of this server, which is logged with its stack. */
export function describeStartFailure(error: unknown, context: StartContext): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (isOutOfDescriptors(error)) return TOO_FEW_DESCRIPTORS;
  if (error instanceof FolderInUseError) return describeOwner(error);
  if (error instanceof NewerDatabaseError) return describeNewer(error, context);
  if (error instanceof CertificateError) return error.message;
  if (error instanceof PagesMissingError) return `${error.message}: run "npm run setup", and start again.`;
  if (error instanceof WorkerStartError) {
    return error.stage === 'process' ? describeProgram(error) : describeMediaPort(error, context);
  }
  if (resultCodeOf(error) !== undefined) return describeSqlite(error, context);
  if (!isSystemError(error)) return undefined;
  return describeFolder(error, context) ?? describeListening(error, context);
}

interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
}

const TOO_FEW_DESCRIPTORS =
  'This process may open too few files: raise its limit, as with "ulimit -n 65536" or LimitNOFILE of systemd, and start again.';

/** The meaning of system errors, by code. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'this user may not'],
  ['EPERM', 'this user may not'],
  ['EROFS', 'the disk is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota is used up'],
  ['ENOTDIR', 'a part of its path is a file'],
  ['EEXIST', 'there is a file of this name'],
  ['ENOENT', 'a part of its path does not exist'],
  ['EIO', 'the disk fails'],
]);

function describeOwner({ folder, owner }: FolderInUseError): string {
  const who = owner
    ? `process ${owner.pid} on ${owner.host}, running since ${owner.since}${owner.listens ? ` and listening on ${owner.listens}` : ''}`
    : 'another process';
  return `DATA_DIR: ${folder} is in use by ${who}; stop it, or give this server a folder of its own.`;
}

function describeNewer({ message }: NewerDatabaseError, { dataDir }: StartContext): string {
  return `DATA_DIR: in ${dataDir} ${message}; start the newer version, or set another folder.`;
}

/** Primary result codes of SQLite: https://sqlite.org/rescode.html. */
function describeSqlite(error: Error, { dataDir }: StartContext): string {
  switch (resultCodeOf(error)) {
    case 5:
    case 6:
      return `DATA_DIR: the database in ${dataDir} is locked by another program; end that, and start again.`;
    case 8:
    case 14:
      return `DATA_DIR: ${dataDir} or a file in it cannot be written; let this user write them, or set another folder.`;
    case 11:
    case 26:
      return `DATA_DIR: the database in ${dataDir} is damaged; put a copy in its place, or move it away to start with an empty one.`;
    case 13:
      return `DATA_DIR: the disk of ${dataDir} is full; make room, or set another folder.`;
    default:
      return `DATA_DIR: the database in ${dataDir} cannot be opened (${error.message}).`;
  }
}

function describeFolder({ syscall, code, path }: SystemError, { dataDir }: StartContext): string | undefined {
  if (syscall !== 'mkdir' && !(path !== undefined && isInside(path, dataDir))) return undefined;
  return `DATA_DIR: ${dataDir} cannot be written, as ${REASONS.get(code) ?? code}; set another folder, or let this user write it.`;
}

function describeListening(error: SystemError, { config }: StartContext): string | undefined {
  const { name, host, port } = listenerOf(error, config);
  if (error.syscall.startsWith('getaddrinfo')) {
    return `${name}: there is no address for the name ${host}; set an address of this machine, or ":${port}" for all.`;
  }
  if (error.syscall !== 'listen') return undefined;
  switch (error.code) {
    case 'EADDRINUSE':
      return `${name}: port ${port} is in use by ${holderOf('tcp', port)}; stop it, or set another port.`;
    case 'EACCES':
      return `${name}: this user may not listen on port ${port}; set one from 1024 on, behind a proxy that has ${port}.`;
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return `${name}: ${host} is no address of this machine; set one that is, or ":${port}" for all.`;
    default:
      return `${name}: the server cannot listen on port ${port} (${error.code}).`;
  }
}

/** The variable of the listener that failed: the metrics may have a listener of their own. */
function listenerOf(error: SystemError, { server, metrics, tls }: Config) {
  const others = [
    { name: 'METRICS_ADDR', address: metrics.address },
    { name: 'HTTP_REDIRECT_ADDR', address: tls.from === 'none' ? undefined : tls.redirect },
  ];
  for (const { name, address } of others) {
    const failed =
      'hostname' in error
        ? error.hostname === address?.host
        : 'port' in error && error.port === address?.port;
    if (address && failed) return { name, ...address };
  }
  return { name: 'SERVER_ADDR', ...server };
}

function describeProgram({ program, cause }: WorkerStartError): string {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const remedy = process.env.MEDIASOUP_WORKER_BIN
    ? 'set MEDIASOUP_WORKER_BIN to one that can, or to nothing'
    : 'run "npm run setup", which brings one that can';
  if (reason.endsWith('ENOENT')) return `The media worker ${program} does not exist: ${remedy}.`;
  return `The media worker ${program} cannot run on this machine (${reason}): ${remedy}.`;
}

/** The formats of the worker's errors: libuv's text for the error stands before or after the address. */
const WORKER_FAILURE = /(?:due to (.+) )?\[protocol:(udp|tcp), ip:'([^']+)', port:(\d+)[^\]]*\](?:: (.+))?$/;

function describeMediaPort({ message }: WorkerStartError, { config }: StartContext): string | undefined {
  const [, before, protocol, ip = '', port = '', after] = WORKER_FAILURE.exec(message) ?? [];
  const reason = before ?? after ?? '';
  if (protocol !== 'udp' && protocol !== 'tcp') return undefined;
  const { workers } = config.media;
  const ports = workers === 1 ? 'a free port' : `the first of ${workers} free ports in a row`;
  switch (reason) {
    case 'address already in use':
      return `MEDIA_PORT: ${protocol.toUpperCase()} port ${port} at ${ip} is in use by ${holderOf(protocol, Number(port))}; stop it, or set ${ports}.`;
    case 'permission denied':
      return `MEDIA_PORT: this user may not listen on port ${port}; set ${ports} from 1024 on.`;
    case 'address not available':
      return `MEDIA_LISTEN_ADDRESS: ${ip} is no address of this machine; set one that is, or nothing for all.`;
    default:
      return `MEDIA_PORT: media cannot listen on ${protocol.toUpperCase()} port ${port} at ${ip} (${reason}).`;
  }
}

function holderOf(protocol: 'tcp' | 'udp', port: number): string {
  const owner = findPortOwner(protocol, port);
  return owner ? `process ${owner.pid} (${owner.name})` : 'another process';
}

function isOutOfDescriptors(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EMFILE' || code === 'ENFILE') return true;
  return error.cause instanceof Error && isOutOfDescriptors(error.cause);
}

function isSystemError(error: Error): error is SystemError {
  return (
    'code' in error &&
    typeof error.code === 'string' &&
    'syscall' in error &&
    typeof error.syscall === 'string'
  );
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return !way.startsWith('..') && !isAbsolute(way);
}
