/** The programs of this folder, and how to start them. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Mode, Report } from './signalling.ts';

const FOLDER = import.meta.dirname;
/** Where Debian's Go libraries are. */
const GO_LIBRARIES = '/usr/share/gocode';
/** Debian's Python: another one does not have Debian's libraries. */
const PYTHON = '/usr/bin/python3';

export interface SdpClient {
  readonly name: string;
  readonly modes: readonly Mode[];
  /** The command, and what the environment adds. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Debian's packages that it needs. */
  readonly packages: readonly string[];
  /** Whether it can run here; it may build itself. */
  prepare?(): Promise<boolean>;
}

const GSTREAMER = [
  'python3-gst-1.0',
  'gir1.2-gst-plugins-bad-1.0',
  'gstreamer1.0-plugins-base',
  'gstreamer1.0-plugins-good',
  'gstreamer1.0-plugins-bad',
  'gstreamer1.0-nice',
];
const PION_PROGRAM = join(tmpdir(), 'aq-sdp-clients', 'pion');

const node = (file: string) => [process.execPath, join(FOLDER, file)];
const gstreamer = (codec: string, modes: readonly Mode[]): SdpClient => ({
  name: `gstreamer-${codec.toLowerCase()}`,
  modes,
  command: [PYTHON, join(FOLDER, 'gstreamer.py')],
  env: { CODEC: codec },
  packages: GSTREAMER,
});
const chromium = (name: string, modes: readonly Mode[], env: Record<string, string> = {}): SdpClient => ({
  name,
  modes,
  command: node('browser.ts'),
  env: { BROWSER: 'chromium', ...env },
  packages: [],
});

/** Firefox leaves loopback out of its candidates: it can make offers here, and no connection without a network of its own. */
export const firefox: SdpClient = {
  ...chromium('firefox', ['publish', 'play']),
  env: { BROWSER: 'firefox' },
};

/** Every client that can connect over loopback. */
export const sdpClients: readonly SdpClient[] = [
  chromium('chromium', ['publish', 'play', 'answer']),
  chromium('chromium-simulcast', ['publish'], { SIMULCAST: '1' }),
  chromium('chromium-h264', ['publish', 'play'], { CODEC: 'H264' }),
  chromium('chromium-vp9', ['publish', 'play'], { CODEC: 'VP9' }),
  {
    name: 'pion',
    modes: ['publish', 'play', 'answer'],
    command: [PION_PROGRAM],
    packages: ['golang-go', 'golang-github-pion-webrtc.v3-dev'],
    prepare: buildPion,
  },
  gstreamer('VP8', ['publish', 'play']),
  gstreamer('VP9', ['publish']),
  gstreamer('H264', ['publish']),
  {
    name: 'aiortc',
    modes: ['publish', 'play', 'answer'],
    command: [PYTHON, join(FOLDER, 'aiortc_client.py')],
    packages: ['python3-aiortc'],
  },
  { name: 'werift', modes: ['publish', 'play', 'answer'], command: node('werift.ts'), packages: [] },
  { name: 'wrtc', modes: ['publish', 'play', 'answer'], command: node('wrtc.ts'), packages: [] },
  {
    name: 'node-datachannel',
    modes: ['publish', 'play'],
    command: node('node-datachannel.ts'),
    packages: [],
  },
];

/** How the set-up installs Debian's packages. */
interface Debian {
  isDebian(): boolean;
  isRoot(): boolean;
  missingPackages(names: readonly string[]): Promise<string[]>;
  installPackages(names: readonly string[]): Promise<unknown>;
}

/** Whether a client can run here, after its packages were installed where apt is there. */
export async function canRun(client: SdpClient): Promise<boolean> {
  if (client.packages.length > 0 && !(await ensurePackages(client.packages))) return false;
  return (await client.prepare?.()) ?? true;
}

async function ensurePackages(names: readonly string[]): Promise<boolean> {
  const debian: Debian = await import(new URL('../../../scripts/setup/debian.js', import.meta.url).href);
  if (!debian.isDebian()) return false;
  const missing = await debian.missingPackages(names);
  if (missing.length === 0) return true;
  if (!debian.isRoot()) return false;
  await debian.installPackages(missing);
  return (await debian.missingPackages(names)).length === 0;
}

/** A running client. */
export class RunningClient {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #listeners = new Set<() => void>();
  #report: Report = { connected: false, video: 0, audio: 0 };
  #errors = '';
  #ended = false;

  constructor(client: SdpClient, mode: Mode, url: string, env: Readonly<Record<string, string>> = {}) {
    const [program = '', ...args] = client.command;
    this.#child = spawn(program, [...args, mode, url], { env: { ...process.env, ...client.env, ...env } });
    createInterface(this.#child.stdout).on('line', (line) => this.#read(line));
    this.#child.stderr.on('data', (chunk) => {
      this.#errors += chunk;
    });
    this.#child.on('error', (error) => {
      this.#errors += error.message;
    });
    this.#child.on('close', () => {
      this.#ended = true;
      this.#tell();
    });
  }

  /** Resolves to the first report that fits; rejects with what it wrote to its error output when it ends before. */
  reported(fits: (report: Report) => boolean): Promise<Report> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!fits(this.#report) && !this.#ended) return;
        this.#listeners.delete(look);
        if (fits(this.#report)) resolve(this.#report);
        else reject(new Error(`the client ended after ${JSON.stringify(this.#report)}: ${this.#errors}`));
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** What it reported last. */
  get report(): Report {
    return this.#report;
  }

  /** What it reported last, and what it wrote to its error output: for a failing test's message. */
  describe(): string {
    return `${JSON.stringify(this.#report)}${this.#ended ? ', ended' : ''} ${this.#errors}`;
  }

  /** Ends the program, and resolves when it has ended. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const ended = new Promise<void>((resolve) => this.#listeners.add(() => this.#ended && resolve()));
    this.#child.stdin.on('error', () => {});
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(timer);
  }

  #read(line: string): void {
    if (!line.startsWith('{')) return;
    this.#report = JSON.parse(line) as Report;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Builds the Pion program in GOPATH mode, which needs nothing but Debian's packages. */
async function buildPion(): Promise<boolean> {
  if (existsSync(PION_PROGRAM)) return true;
  const goPath = `${PION_PROGRAM}-gopath`;
  const source = join(goPath, 'src', 'client');
  await mkdir(source, { recursive: true });
  await cp(join(FOLDER, 'pion'), source, { recursive: true });
  const built = `${PION_PROGRAM}-${process.pid}`;
  const { status, stderr } = spawnSync('go', ['build', '-o', built, '.'], {
    cwd: source,
    env: { ...process.env, GO111MODULE: 'off', GOFLAGS: '', GOPATH: `${goPath}:${GO_LIBRARIES}` },
  });
  if (status !== 0) throw new Error(`Pion's program was not built: ${stderr}`);
  await rename(built, PION_PROGRAM);
  return true;
}
