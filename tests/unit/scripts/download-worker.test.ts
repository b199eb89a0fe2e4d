import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../support/ports.ts';
import { inProject, load, temporaryFolder } from '../../support/scripts.ts';

const { downloadWorker, releaseNames } = await load('download-worker');
const { readMediasoup } = await load('mediasoup');
const CONTENT = '#!/bin/sh\nexit 0\n';

/** Serves releases on loopback; resolves to their address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function download(releases: string, limits = {}): Promise<string> {
  const mediasoup = await readMediasoup(inProject(), {
    MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL: releases,
  });
  return downloadWorker({ mediasoup, folder: join(await temporaryFolder(), 'download'), ...limits });
}

/** An archive with one file. */
async function archive(name = 'mediasoup-worker', mode = 0o755): Promise<Buffer> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'files'));
  await writeFile(join(folder, 'files', name), CONTENT);
  await chmod(join(folder, 'files', name), mode);
  await promisify(execFile)('tar', ['-czf', 'a.tgz', '-C', 'files', name], { cwd: folder });
  return readFile(join(folder, 'a.tgz'));
}

describe('names', () => {
  test.runIf(process.platform === 'linux')('follow the kernel, and end at the newest that has one', () => {
    const name = `mediasoup-worker-3.27.1-linux-${process.arch}`;
    expect(releaseNames('3.27.1', '6.1.0-18')).toEqual([`${name}-kernel6.tgz`]);
    expect(releaseNames('3.27.1', '5.10.0')).toEqual([`${name}-kernel5.tgz`]);
    expect(releaseNames('3.27.1', '7.2.0')).toEqual([`${name}-kernel7.tgz`, `${name}-kernel6.tgz`]);
  });

  test("are mediasoup's own, under its own releases", async () => {
    const { version, releases, worker } = await readMediasoup(inProject(), {});
    expect(releases).toMatch(/^https:\/\/.*\/mediasoup\/releases\/download$/);
    const script = await readFile(inProject('node_modules/mediasoup/npm-scripts.mjs'), 'utf8');
    expect(script).toContain(
      '`mediasoup-worker-$' + '{pkg.version}-$' + '{os.platform()}-$' + '{os.arch()}`',
    );
    const asked: (string | undefined)[] = [];
    const address = await serve((request, response) => {
      asked.push(request.url);
      response.writeHead(404).end();
    });
    await expect(download(address)).rejects.toThrow('there is no release for this machine');
    expect(asked).toEqual(releaseNames(version).map((name: string) => `/${version}/${name}`));
    expect(worker).toMatch(/worker\/out\/Release\/mediasoup-worker$/);
  });
});

describe('a release that is served', () => {
  test('is unpacked, and can be run', async () => {
    const body = await archive();
    const address = await serve((_request, response) => response.end(body));
    const percents: number[] = [];
    const file = await download(address, { onPercent: (percent: number) => percents.push(percent) });
    expect(await readFile(file, 'utf8')).toBe(CONTENT);
    expect((await stat(file)).mode & 0o100).toBe(0o100);
    expect(percents.at(-1)).toBe(100);
  });

  test('is followed where it moved', async () => {
    const body = await archive();
    const address = await serve((request, response) => {
      if (request.url === '/moved') response.end(body);
      else response.writeHead(302, { location: '/moved' }).end();
    });
    expect(await readFile(await download(address), 'utf8')).toBe(CONTENT);
  });

  test.for([
    ['no archive', async () => Buffer.from('<html>Sign in to the network</html>'), 'no archive'],
    ['half an archive', async () => (await archive()).subarray(0, 60), 'no archive'],
    ['another file', () => archive('readme'), 'has no mediasoup-worker'],
    ['no program', () => archive('mediasoup-worker', 0o644), 'no program'],
  ] as const)('is refused when it is %s', async ([, body, reason]) => {
    const content = await body();
    const address = await serve((_request, response) => response.end(content));
    await expect(download(address)).rejects.toThrow(reason);
  });

  test('never writes outside of its folder', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'in'));
    await writeFile(join(folder, 'mediasoup-worker'), CONTENT, { mode: 0o755 });
    const args = ['-czPf', '../a.tgz', '../mediasoup-worker'];
    await promisify(execFile)('tar', args, { cwd: join(folder, 'in') });
    const body = await readFile(join(folder, 'a.tgz'));
    const address = await serve((_request, response) => response.end(body));
    await expect(download(address)).rejects.toThrow('has no mediasoup-worker');
  });
});

describe('a release that cannot be had', () => {
  test('is decided at once where the connection is refused', async () => {
    const address = `http://127.0.0.1:${await freePort()}`;
    const patient = { answerMs: 3_600_000, stallMs: 3_600_000 };
    await expect(download(address, patient)).rejects.toThrow('cannot be reached');
  });

  test('is given up when nothing answers', async () => {
    const address = await serve(() => {});
    await expect(download(address, { answerMs: 200 })).rejects.toThrow('cannot be reached');
  });

  test('is given up when it stalls', async () => {
    const body = await archive();
    const address = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, 40));
    });
    await expect(download(address, { answerMs: 3_600_000, stallMs: 200 })).rejects.toThrow('broke off');
  });

  test('is given up when it breaks off', async () => {
    const body = await archive();
    const address = await serve((request, response) => {
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, 40), () => request.socket.destroy());
    });
    await expect(download(address)).rejects.toThrow('broke off');
  });

  test('tells what the page answers', async () => {
    const address = await serve((_request, response) => response.writeHead(503).end());
    await expect(download(address)).rejects.toThrow('answers 503');
  });
});
