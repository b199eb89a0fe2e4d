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
  let again: NodeJS.Timeout | undefined;
  socket.on('error', reject);
  socket.on('close', (code) => reject(new Error(`the socket was closed with ${code}`)));
  const send = (method: string, params: object) => {
    const id = randomUUID();
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return id;
  };
  const asked = new Map<string, 'login' | 'state'>();
  const askState = () => asked.set(send('telnyx_rtc.gatewayState', {}), 'state');
  socket.on('open', () => {
    const userVariables = { push_when_active: false };
    asked.set(send('login', { ...login, userVariables, reconnection: false, loginParams: {} }), 'login');
  });
  socket.on('message', (data) => {
    const frame = parseFrame(String(data));
    if (frame?.method !== undefined) {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: frame.id, result: { method: frame.method } }));
      return;
    }
    const question = frame && asked.get(String(frame.id));
    if (!question) return;
    if (frame.error) return reject(new LoginRefused(`the login is refused: ${saidBy(frame.error)}`));
    if (question === 'login') return askState();
    const { data: gateway } = GatewayState.safeParse(frame.result);
    const state = gateway?.params.state ?? 'unknown';
    if (state === 'REGED') return resolve(gateway?.params.region);
    if (!ON_ITS_WAY.includes(state)) return reject(new LoginRefused(`the registration fails with ${state}`));
    again = setTimeout(askState, ASK_AGAIN_MS);
  });
  return promise.finally(() => {
    clearTimeout(timeout);
    clearTimeout(again);
    socket.terminate();
  });
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
