/** Files read once into memory, with what is compressed of them, and served from a table: what is not in it does not exist. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isFresh } from '../etag.ts';

export interface StaticFile {
  /** The content type. */
  type: string;
  /** Of the content, for its ETag. */
  hash: string;
  /** The content as it is (`identity`) and as it is compressed. */
  bodies: ReadonlyMap<Encoding, Buffer>;
}

type Encoding = 'br' | 'gzip' | 'identity';

/** Content types of what pages are made of. A file of another kind is not served. */
const types = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.map', 'application/json; charset=utf-8'],
  // Types for editors. What IANA knows by this name is a video.
  ['.ts', 'text/plain; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.webmanifest', 'application/manifest+json; charset=utf-8'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.ico', 'image/x-icon'],
  ['.png', 'image/png'],
  ['.webp', 'image/webp'],
  ['.jpg', 'image/jpeg'],
  ['.woff2', 'font/woff2'],
  ['.mp3', 'audio/mpeg'],
  ['.ogg', 'audio/ogg'],
  ['.wav', 'audio/wav'],
  ['.wasm', 'application/wasm'],
]);
/** Compressed in themselves. */
const INCOMPRESSIBLE = new Set(['.png', '.webp', '.jpg', '.woff2', '.mp3', '.ogg']);
/** What fits into one packet gains nothing. */
const MIN_COMPRESSED_BYTES = 1024;

/** Letters, digits, `_`, `-` and dots within: no hidden files, and nothing that a route's pattern would read. */
const SERVED_NAME = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;

/**
 * The files in a folder and, if `deep`, its folders, by their path with slashes. Symbolic links, hidden files and
 * unknown kinds are left out. A folder that is not there has none.
 *
 * @param options.compressed the folder of what was compressed ahead, as `<SHA-256 of the content in hex>.br` and `.gzip`;
 * what is not there is compressed now
 */
export async function loadFiles(
  folder: string,
  { deep = true, compressed = folder } = {},
): Promise<Map<string, StaticFile>> {
  const entries = await readdir(folder, { recursive: deep, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = new Map<string, StaticFile>();
  const loads = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    const type = types.get(extname(name));
    if (entry.isFile() && type && SERVED_NAME.test(name))
      files.set(name, await loadFile(path, type, compressed));
  });
  await Promise.all(loads);
  return files;
}

/** Answers with the file, as short as the client takes it: not at all if it has it already. */
export function sendFile(
  file: StaticFile,
  cacheControl: string,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const [encoding, body] = choose(file, request.headers['accept-encoding']);
  const etag = `"${file.hash}-${encoding}"`;
  reply.headers({
    'content-type': file.type,
    'cache-control': cacheControl,
    etag,
    ...(file.bodies.size > 1 && { vary: 'accept-encoding' }),
  });
  if (isFresh(request.headers['if-none-match'], etag)) return reply.code(304).send();
  if (encoding !== 'identity') reply.header('content-encoding', encoding);
  return reply.send(body);
}

async function loadFile(path: string, type: string, compressed: string): Promise<StaticFile> {
  const content = await readFile(path);
  const bodies = new Map<Encoding, Buffer>([['identity', content]]);
  const hash = createHash('sha256').update(content).digest('hex');
  if (content.length >= MIN_COMPRESSED_BYTES && !INCOMPRESSIBLE.has(extname(path))) {
    for (const encoding of ['br', 'gzip'] as const) {
      const ahead = await readFile(join(compressed, `${hash}.${encoding}`)).catch(() => undefined);
      bodies.set(encoding, ahead ?? (await compress[encoding](content)));
    }
  }
  return { type, hash: hash.slice(0, 32), bodies };
}

const compress = {
  /** Level 9 of 11: near the best, in a twentieth of its time. */
  br: (content: Buffer) =>
    promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (content: Buffer) => promisify(gzip)(content),
};

/** RFC 9110 section 12.5.3, of which only `q=0` matters here. */
function choose(file: StaticFile, acceptEncoding: string | undefined): [Encoding, Buffer | undefined] {
  const accepted = (acceptEncoding ?? '').toLowerCase().split(',');
  for (const encoding of ['br', 'gzip'] as const) {
    const body = file.bodies.get(encoding);
    const accepts = accepted.some((item) => {
      const [name, ...parameters] = item.split(';').map((part) => part.trim());
      return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    });
    if (body && accepts) return [encoding, body];
  }
  return ['identity', file.bodies.get('identity')];
}
