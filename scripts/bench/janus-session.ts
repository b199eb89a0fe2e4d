/** Janus, started for a bench, and its WebSocket API. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { freePort } from '../../tests/support/ports.ts';

const Reply = z.object({
  janus: z.string(),
  transaction: z.string().optional(),
  data: z.object({ id: z.number() }).optional(),
  error: z.object({ reason: z.string() }).optional(),
  plugindata: z.object({ data: z.record(z.string(), z.unknown()) }).optional(),
  jsep: z.object({ type: z.string(), sdp: z.string() }).optional(),
});
export type Reply = z.infer<typeof Reply>;

const START_MS = 10_000;
/** Janus ends sessions that say nothing for a minute. */
const KEEP_ALIVE_MS = 25_000;

export class JanusSession {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #socket: WebSocket;
  readonly #folder: string;
  readonly #awaited = new Map<string, (reply: Reply) => void>();
  #lastTransaction = 0;
  #session = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(child: ChildProcess, socket: WebSocket, folder: string) {
    this.pid = child.pid ?? 0;
    this.#child = child;
    this.#socket = socket;
    this.#folder = folder;
    socket.on('message', (data) => this.#receive(Reply.parse(JSON.parse(data.toString()))));
  }

  /** Starts Debian's `janus` with its video room and nothing else. */
  static async start(): Promise<JanusSession> {
    const folder = await mkdtemp(join(tmpdir(), 'aq-janus-'));
    const port = await freePort();
    await writeConfiguration(folder, port);
    const child = spawn('janus', ['--configs-folder', folder], { stdio: 'ignore' });
    await once(child, 'spawn');
    const session = new JanusSession(child, await connect(port), folder);
    session.#session = (await session.request({ janus: 'create' })).data?.id ?? 0;
    session.#timer = setInterval(() => void session.#send({ janus: 'keepalive' }), KEEP_ALIVE_MS);
    return session;
  }

  /** A handle of the video room. */
  async attach(): Promise<number> {
    const { data } = await this.request({ janus: 'attach', plugin: 'janus.plugin.videoroom' });
    return data?.id ?? 0;
  }

  /** Asks the video room; resolves to its answer, which may be an event. */
  ask(handle: number, body: object, jsep?: { type: string; sdp: string }): Promise<Reply> {
    return this.request({ janus: 'message', handle_id: handle, body, ...(jsep && { jsep }) });
  }

  async request(message: object): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#awaited.set(this.#send(message), resolve);
    const reply = await promise;
    const reason = reply.error?.reason ?? reply.plugindata?.data.error;
    if (reason !== undefined) throw new Error(`Janus: ${String(reason)}`);
    return reply;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#socket.terminate();
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
    await rm(this.#folder, { recursive: true });
  }

  #send(message: object): string {
    const transaction = String(++this.#lastTransaction);
    const session = this.#session ? { session_id: this.#session } : {};
    this.#socket.send(JSON.stringify({ ...message, ...session, transaction }));
    return transaction;
  }

  /** An `ack` says that the answer will come as an event. */
  #receive(reply: Reply): void {
    const awaited = reply.transaction === undefined ? undefined : this.#awaited.get(reply.transaction);
    if (!awaited || reply.janus === 'ack') return;
    this.#awaited.delete(String(reply.transaction));
    awaited(reply);
  }
}

/** Media is on the machine's own address, as Janus leaves out the loopback interface; its packets do not leave the machine. */
async function writeConfiguration(folder: string, port: number): Promise<void> {
  const address = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  const transports = ['http', 'pfunix', 'rabbitmq', 'mqtt', 'nanomsg'].map((name) => `libjanus_${name}.so`);
  const plugins = ['audiobridge', 'duktape', 'echotest', 'lua', 'nosip', 'recordplay', 'sip', 'streaming'];
  const others = [...plugins, 'textroom', 'videocall', 'voicemail'].map((name) => `libjanus_${name}.so`);
  await writeFile(
    join(folder, 'janus.jcfg'),
    `general: { debug_level = 1 }
media: { ipv6 = false }
nat: { ice_enforce_list = "${address}" }
plugins: { disable = "${others.join()}" }
transports: { disable = "${transports.join()}" }
`,
  );
  await writeFile(
    join(folder, 'janus.transport.websockets.jcfg'),
    `general: { json = "compact", ws = true, ws_port = ${port}, ws_ip = "127.0.0.1" }\n`,
  );
}

async function connect(port: number): Promise<WebSocket> {
  for (const end = Date.now() + START_MS; ; await sleep(100)) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, 'janus-protocol');
    try {
      await once(socket, 'open');
      return socket;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
