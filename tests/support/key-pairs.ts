/** Keys with certificates that sign themselves. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export interface KeyPairFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** As PEM. */
  readonly cert: string;
  readonly key: string;
}

/** Writes `NAME.crt` and `NAME.key` for this machine's loopback interface. */
export async function createKeyPair(folder: string, name: string): Promise<KeyPairFiles> {
  const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  const subject = ['-subj', `/CN=${name}`, '-addext', names, '-days', '1', '-out', certFile];
  await exec('openssl', ['req', '-x509', ...key, ...subject]);
  return { certFile, keyFile, cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
}
