/** What nginx needs to run with the guide's configuration, in a folder of its own. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** A file of the guide to deploying. */
export function guide(name: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../docs/guides/${name}`, import.meta.url)), 'utf8');
}

/**
 * Writes a key, a certificate that nobody trusts, and the guide's site at another address; returns nginx's arguments.
 * @param address where it listens, and `upstream` the server behind it, both as `host:port`
 */
export async function prepareNginx(
  folder: string,
  { address, upstream }: { address: string; upstream: string },
): Promise<string[]> {
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-nodes'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  await exec('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject, ...files]);
  const site = replace(await guide('nginx.conf'), {
    'listen 443 ssl': `listen ${address} ssl`,
    'server_name your.host': 'server_name localhost',
    '/etc/letsencrypt/live/your.host/fullchain.pem': join(folder, 'cert.pem'),
    '/etc/letsencrypt/live/your.host/privkey.pem': join(folder, 'key.pem'),
    '/var/log/nginx/aq-server.access.log': join(folder, 'access.log'),
    '/var/log/nginx/aq-server.error.log': join(folder, 'error.log'),
    '127.0.0.1:8080': upstream,
  });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const paths = temporary.map((name) => `${name}_temp_path ${join(folder, name)};`).join(' ');
  const main = `pid ${join(folder, 'nginx.pid')}; error_log stderr; events {}`;
  await writeFile(join(folder, 'nginx.conf'), `${main} http { ${paths}\n${site} }`);
  return ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'];
}

/** Replaces each of these, which has to stand there once. */
export function replace(text: string, changes: Record<string, string>): string {
  return Object.entries(changes).reduce((changed, [from, to]) => {
    const parts = changed.split(from);
    if (parts.length !== 2) throw new Error(`"${from}" stands there ${parts.length - 1} times`);
    return parts.join(to);
  }, text);
}
