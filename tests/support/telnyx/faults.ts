/** Faults on demand: what the fakes of Telnyx do instead of answering. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * `status`: an error in Telnyx's shape; `garbage`: somebody else's answer; `hang`: none at all; `drop`: the socket ends
 * without one; `lose`: what was asked is done, and then the socket ends without an answer.
 */
export type Fault =
  | { kind: 'status'; status: number; retryAfter?: number | string }
  | { kind: 'garbage'; status: number; type: string; body: string }
  | { kind: 'hang' }
  | { kind: 'drop' }
  | { kind: 'lose' };

interface Planned {
  route: RegExp;
  fault: Fault;
  left: number;
}

/** A plan of faults for the requests to come. */
export class Faults {
  #planned: Planned[] = [];

  /** The next requests like `POST /telephony_credentials` meet this fault; once, unless `times` says more. */
  add(route: RegExp, fault: Fault, times = 1): void {
    this.#planned.push({ route, fault, left: times });
  }

  clear(): void {
    this.#planned = [];
  }

  /** The fault that this request meets, which is used up by it. */
  take(route: string): Fault | undefined {
    const planned = this.#planned.find((one) => one.left > 0 && one.route.test(route));
    if (!planned) return undefined;
    planned.left -= 1;
    return planned.fault;
  }
}

/** Telnyx's codes and titles of errors; what is not here is its generic one. */
const errors = new Map([
  [401, { code: '10009', title: 'Authentication failed' }],
  [403, { code: '10010', title: 'Authorization failed' }],
  [404, { code: '10005', title: 'Resource not found' }],
  [422, { code: '10015', title: 'Bad Request' }],
  [429, { code: '10011', title: 'Too many requests' }],
]);

/** The body of an error as Telnyx writes it. */
export function errorBody(status: number, detail: string): string {
  const { code, title } = errors.get(status) ?? { code: '10007', title: 'Unexpected error' };
  return JSON.stringify({
    errors: [{ code, title, detail, meta: { url: 'https://developers.telnyx.com/' } }],
  });
}

/** Answers a request with a fault. */
export function meet(fault: Fault, request: IncomingMessage, response: ServerResponse): void {
  if (fault.kind === 'hang') return;
  if (fault.kind === 'drop' || fault.kind === 'lose') {
    request.socket.destroy();
    return;
  }
  if (fault.kind === 'garbage') {
    response.writeHead(fault.status, { 'content-type': fault.type }).end(fault.body);
    return;
  }
  response.writeHead(fault.status, {
    'content-type': 'application/json; charset=utf-8',
    ...(fault.retryAfter !== undefined && { 'retry-after': String(fault.retryAfter) }),
  });
  response.end(errorBody(fault.status, 'a fault of the test'));
}
