/** A softphone that only logs in: Telnyx's JSON-RPC over a WebSocket, as its browser SDK speaks it. */
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { z } from 'zod';

export type VertoLogin = { login_token: string } | { login: string; passwd: string };

/** Telnyx answered, and said no. */
export class LoginRefused extends Error {}

/** What a frame has, whoever asks. */
const Frame = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  result: z.looseObject({}).optional(),
  error: z.object({ code: z.number().optional(), message: z.string().optional() }).optional(),
});
type Frame = z.infer<typeof Frame>;

const GatewayState = z.object({
  params: z.object({ state: z.string(), region: z.string().optional() }),
});

/** A gateway that is on its way is asked again after this time, in milliseconds. */
const ASK_AGAIN_MS = 500;
/** What a registration is before it is done. */
const ON_ITS_WAY = ['UNREGED', 'NOREG', 'TRYING', 'REGISTER'];

/**
 * Logs in, waits until the registration is done, and closes.
 * @returns the region that Telnyx names, if it does
 * @throws LoginRefused for a no; Error for no answer
 */
export async function logIn(url: string, login: VertoLogin, timeoutMs: number): Promise<string | undefined> {
  const socket = new WebSocket(url, { handshakeTimeout: timeoutMs });
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const timeout = setTimeout(() => reject(new Error(`no registration in ${timeoutMs} ms`)), timeoutMs);
  const softphone = new Softphone((frame) => socket.send(JSON.stringify({ jsonrpc: '2.0', ...frame })));
  socket.on('open', () => softphone.logIn(login));
  socket.on('message', (data) => {
    try {
      const registered = softphone.hear(parseFrame(String(data)));
      if (registered) resolve(registered.region);
    } catch (error) {
      reject(error);
    }
  });
  socket.on('error', reject);
  socket.on('close', (code) => reject(new Error(`the socket was closed with ${code}`)));
  return promise.finally(() => {
    clearTimeout(timeout);
    softphone.close();
    socket.terminate();
  });
}

/** Asks one thing after the other, until it is registered. */
class Softphone {
  readonly #send: (frame: object) => void;
  /** The question whose answer is awaited. */
  #asked: { id: string; what: 'login' | 'state' } | undefined;
  #again: NodeJS.Timeout | undefined;

  constructor(send: (frame: object) => void) {
    this.#send = send;
  }

  logIn(login: VertoLogin): void {
    const userVariables = { push_when_active: false };
    this.#ask('login', 'login', { ...login, userVariables, reconnection: false, loginParams: {} });
  }

  /**
   * Goes on with what Telnyx says.
   * @returns the region, once the registration is done
   * @throws LoginRefused
   */
  hear(frame: Frame | undefined): { region: string | undefined } | undefined {
    if (frame?.method !== undefined) {
      this.#send({ id: frame.id, result: { method: frame.method } });
      return undefined;
    }
    const asked = this.#asked;
    if (!frame || !asked || frame.id !== asked.id) return undefined;
    if (frame.error) throw new LoginRefused(`the login is refused: ${saidBy(frame.error)}`);
    return asked.what === 'login' ? this.#askState() : this.#judge(frame);
  }

  close(): void {
    clearTimeout(this.#again);
  }

  #judge({ result }: Frame): { region: string | undefined } | undefined {
    const { state, region } = GatewayState.safeParse(result).data?.params ?? { state: 'no state' };
    if (state === 'REGED') return { region };
    if (!ON_ITS_WAY.includes(state)) throw new LoginRefused(`the registration fails with ${state}`);
    this.#again = setTimeout(() => this.#askState(), ASK_AGAIN_MS);
    return undefined;
  }

  #askState(): undefined {
    this.#ask('state', 'telnyx_rtc.gatewayState', {});
  }

  #ask(what: 'login' | 'state', method: string, params: object): void {
    this.#asked = { id: randomUUID(), what };
    this.#send({ id: this.#asked.id, method, params });
  }
}

function saidBy({ code, message }: NonNullable<Frame['error']>): string {
  return `${message ?? 'no reason given'}${code === undefined ? '' : ` (${code})`}`;
}

function parseFrame(text: string): Frame | undefined {
  try {
    return Frame.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
