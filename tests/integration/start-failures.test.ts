/** What an operator is told when the server cannot start: one sentence with the variable to change, status 1, no stack. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/ports.ts';
import { startProcess, temporaryFolder } from '../support/process.ts';
import { whyNoSmallDisk } from '../support/small-disk.ts';

/** Starts a server that cannot start, and resolves to all that it writes. */
async function failure(
  variables: Record<string, string>,
  starter: readonly string[] = [],
  nodeOptions: readonly string[] = [],
): Promise<string> {
  const options = ['--disable-warning=ExperimentalWarning', ...nodeOptions];
  const error = await startProcess(variables, options, starter).then(
    () => new Error('it started'),
    (thrown: Error) => thrown,
  );
  const [, output = error.message] = /^the server ended with 1: (.*)$/s.exec(error.message) ?? [];
  return output;
}

/** Changes a module of Node before the server loads it. */
function preload(...lines: string[]): readonly string[] {
  const script = [
    "import { syncBuiltinESMExports } from 'node:module';",
    ...lines,
    'syncBuiltinESMExports();',
  ];
  return ['--import', `data:text/javascript,${encodeURIComponent(script.join(''))}`];
}

/** One line that says this. */
function sentence(text: string): unknown {
  const literal = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.+');
  return expect.stringMatching(new RegExp(`^${literal}\\n$`));
}

/** A TCP port of 127.0.0.1 that this process holds. */
async function takenPort(): Promise<number> {
  // The port after it, which a second worker takes, must not be one that the system gives to somebody else.
  const server = createServer().listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** As root without one of its capabilities, which an ordinary user does not have. */
function without(capability: string): readonly string[] {
  return process.getuid?.() === 0 ? ['setpriv', `--bounding-set=-${capability}`] : [];
}

/** Who this process is, where Linux tells. */
const us = process.platform === 'linux' ? `process ${process.pid} (…)` : 'another process';

describe('a port', () => {
  test('of HTTP that is in use', async () => {
    const port = await takenPort();
    expect(await failure({ SERVER_ADDR: `127.0.0.1:${port}` })).toEqual(
      sentence(`SERVER_ADDR: port ${port} is in use by ${us}; stop it, or set another port.`),
    );
  });

  test('of the metrics that is in use', async () => {
    const port = await takenPort();
    expect(await failure({ METRICS_ADDR: `127.0.0.1:${port}` })).toEqual(
      sentence(`METRICS_ADDR: port ${port} is in use by ${us}; stop it, or set another port.`),
    );
  });

  test('of HTTP that is for root', async () => {
    expect(await failure({ SERVER_ADDR: '127.0.0.1:81' }, without('net_bind_service'))).toEqual(
      sentence(
        'SERVER_ADDR: this user may not listen on port 81; set one from 1024 on, behind a proxy that has 81.',
      ),
    );
  });

  test('of media that is in use over UDP', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    onTestFinished(() => void socket.close());
    const { port } = socket.address();
    expect(await failure({ MEDIA_PORT: String(port), MEDIA_WORKERS: '1' })).toEqual(
      sentence(`MEDIA_PORT: UDP port ${port} at 127.0.0.1 is in use by ${us}; stop it, or set a free port.`),
    );
  });

  test('of media that is in use over TCP', async () => {
    const port = await takenPort();
    expect(await failure({ MEDIA_PORT: String(port), MEDIA_WORKERS: '2' })).toEqual(
      sentence(
        `MEDIA_PORT: TCP port ${port} at 127.0.0.1 is in use by ${us}; stop it, or set the first of 2 free ports in a row.`,
      ),
    );
  });

  test('of media that is for root', async () => {
    expect(await failure({ MEDIA_PORT: '81', MEDIA_WORKERS: '1' }, without('net_bind_service'))).toEqual(
      sentence('MEDIA_PORT: this user may not listen on port 81; set a free port from 1024 on.'),
    );
  });
});

describe('an address', () => {
  test('of HTTP that is not this machine’s', async () => {
    expect(await failure({ SERVER_ADDR: '203.0.113.9:8080' })).toEqual(
      sentence(
        'SERVER_ADDR: 203.0.113.9 is no address of this machine; set one that is, or ":8080" for all.',
      ),
    );
  });

  test('of HTTP that is a name which nobody knows', async () => {
    expect(await failure({ SERVER_ADDR: 'nowhere.invalid:8080' })).toEqual(
      sentence(
        'SERVER_ADDR: there is no address for the name nowhere.invalid; set an address of this machine, or ":8080" for all.',
      ),
    );
  });

  test('of media that is not this machine’s', async () => {
    expect(await failure({ MEDIA_LISTEN_ADDRESS: '203.0.113.9' })).toEqual(
      sentence(
        'MEDIA_LISTEN_ADDRESS: 203.0.113.9 is no address of this machine; set one that is, or nothing for all.',
      ),
    );
  });
});

describe('the data folder', () => {
  test('that another server uses, until that one is killed', async () => {
    const DATA_DIR = temporaryFolder();
    const first = await startProcess({ DATA_DIR });
    const { pid } = first.child;
    const address = first.url.replace('http://', '');
    expect(await failure({ DATA_DIR })).toEqual(
      sentence(
        `DATA_DIR: ${DATA_DIR} is in use by process ${pid} on …, running since 2…Z and listening on ${address}; stop it, or give this server a folder of its own.`,
      ),
    );
    expect((await fetch(`${first.url}/health`)).status).toBe(200);
    first.child.kill('SIGKILL');
    await first.exited;
    const second = await startProcess({ DATA_DIR });
    second.child.kill('SIGTERM');
    expect(await second.exited).toBe(0);
    expect(readdirSync(DATA_DIR).sort()).toEqual(['aq-server.db', 'aq-server.lock']);
  });

  test('that is a file', async () => {
    const DATA_DIR = join(temporaryFolder(), 'data');
    writeFileSync(DATA_DIR, '');
    expect(await failure({ DATA_DIR })).toEqual(
      sentence(
        `DATA_DIR: ${DATA_DIR} cannot be written, as there is a file of this name; set another folder, or let this user write it.`,
      ),
    );
    expect(await failure({ DATA_DIR: join(DATA_DIR, 'deep') })).toEqual(
      sentence(
        `DATA_DIR: ${DATA_DIR}/deep cannot be written, as a part of its path is a file; set another folder, or let this user write it.`,
      ),
    );
  });

  test('that this user may not write', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o500);
    const starter = without('dac_override,-dac_read_search');
    const text = `DATA_DIR: ${folder} or a file in it cannot be written; let this user write them, or set another folder.`;
    expect(await failure({ DATA_DIR: folder }, starter)).toEqual(sentence(text));
    expect(await failure({ DATA_DIR: join(folder, 'new') }, starter)).toEqual(
      sentence(
        `DATA_DIR: ${folder}/new cannot be written, as this user may not; set another folder, or let this user write it.`,
      ),
    );
  });

  test.skipIf(whyNoSmallDisk())('on a disk that is read-only, or full', async () => {
    const folder = temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'aq-read-only', folder]);
    onTestFinished(() => void execFileSync('umount', [folder]));
    expect(await failure({ DATA_DIR: join(folder, 'data') })).toEqual(
      sentence(
        `DATA_DIR: ${folder}/data cannot be written, as the disk is read-only; set another folder, or let this user write it.`,
      ),
    );
    execFileSync('mount', ['-o', 'remount,rw,size=8k', folder]);
    expect(await failure({ DATA_DIR: join(folder, 'data') })).toEqual(
      sentence(`DATA_DIR: the disk of ${folder}/data is full; make room, or set another folder.`),
    );
  });
});

describe('the database', () => {
  function dataWith(write: (file: string) => void): string {
    const folder = temporaryFolder();
    write(join(folder, 'aq-server.db'));
    return folder;
  }

  test('that is damaged', async () => {
    const DATA_DIR = dataWith((file) => writeFileSync(file, 'no database'.repeat(1000)));
    expect(await failure({ DATA_DIR })).toEqual(
      sentence(
        `DATA_DIR: the database in ${DATA_DIR} is damaged; put a copy in its place, or move it away to start with an empty one.`,
      ),
    );
  });

  test('of a newer version', async () => {
    const DATA_DIR = dataWith((file) => {
      const sql = new DatabaseSync(file);
      sql.exec('PRAGMA user_version = 9999');
      sql.close();
    });
    expect(await failure({ DATA_DIR })).toEqual(
      sentence(
        `DATA_DIR: in ${DATA_DIR} the database has version 9999, and this server knows … at most; start the newer version, or set another folder.`,
      ),
    );
  });

  test('that is a folder', async () => {
    const DATA_DIR = dataWith((file) => mkdirSync(file));
    expect(await failure({ DATA_DIR })).toEqual(
      sentence(
        `DATA_DIR: ${DATA_DIR} or a file in it cannot be written; let this user write them, or set another folder.`,
      ),
    );
  });

  test('that another program has locked', async () => {
    const DATA_DIR = temporaryFolder();
    const sql = new DatabaseSync(join(DATA_DIR, 'aq-server.db'));
    onTestFinished(() => sql.close());
    sql.exec('BEGIN EXCLUSIVE');
    expect(await failure({ DATA_DIR })).toEqual(
      sentence(
        `DATA_DIR: the database in ${DATA_DIR} is locked by another program; end that, and start again.`,
      ),
    );
  });
});

describe('the media worker', () => {
  const remedy = 'set MEDIASOUP_WORKER_BIN to one that can, or to nothing';

  test('that is missing', async () => {
    expect(await failure({ MEDIASOUP_WORKER_BIN: '/nowhere/worker' })).toEqual(
      sentence(`The media worker /nowhere/worker does not exist: ${remedy}.`),
    );
  });

  test('that cannot run', async () => {
    const program = join(temporaryFolder(), 'worker');
    writeFileSync(program, '\x7fELF and nothing more');
    expect(await failure({ MEDIASOUP_WORKER_BIN: program })).toEqual(
      sentence(`The media worker ${program} cannot run on this machine (…): ${remedy}.`),
    );
    chmodSync(program, 0o755);
    expect(await failure({ MEDIASOUP_WORKER_BIN: program })).toEqual(
      sentence(`The media worker ${program} cannot run on this machine (…): ${remedy}.`),
    );
  });
});

test('too few file descriptors', async () => {
  const starter = ['sh', '-c', 'ulimit -n 40; exec "$@"', 'sh'];
  expect(await failure({}, starter)).toEqual(
    sentence('This process may open too few files: raise its limit, …, and start again.'),
  );
});

test('an .env that cannot be read', async () => {
  const refuse = preload(
    "import fs from 'node:fs'; const { readFileSync } = fs;",
    "const error = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });",
    'fs.readFileSync = (file, ...rest) => { if (/[.]env$/.test(file)) throw error; return readFileSync(file, ...rest); };',
  );
  expect(await failure({}, [], refuse)).toEqual(
    'the configuration has faults:\n  .env cannot be read (EACCES: permission denied): let this user read it, or remove it\n',
  );
});

test('the pages that are not built', async () => {
  const dist = fileURLToPath(new URL('../../dist', import.meta.url));
  const hideBuilt = preload(
    "import fs from 'node:fs/promises'; const { readdir } = fs;",
    `fs.readdir = async (path, ...rest) => path === ${JSON.stringify(dist)} ? [] : readdir(path, ...rest);`,
  );
  expect(await failure({}, [], hideBuilt)).toEqual(
    sentence(`The pages are not built in ${dist}: run "npm run setup", and start again.`),
  );
});

test('what is no expected failure has its stack in the log', async () => {
  const bug = preload(
    "import crypto from 'node:crypto';",
    "crypto.createHash = () => { throw new Error('a bug of ours'); };",
  );
  expect(await failure({}, [], bug)).toMatch(
    /^{"level":"fatal".*a bug of ours.*\\n +at .*"the server could not start"}\n$/,
  );
});

test('nothing of a failed start is left', async () => {
  const DATA_DIR = temporaryFolder();
  const port = await takenPort();
  await failure({ DATA_DIR, SERVER_ADDR: `127.0.0.1:${port}` });
  expect(readdirSync(DATA_DIR).sort()).toEqual(['aq-server.db', 'aq-server.lock']);
  expect(existsSync(join(DATA_DIR, 'aq-server.owner.json'))).toBe(false);
});
