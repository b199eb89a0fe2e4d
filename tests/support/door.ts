/** What the door says to a token: over an upgrade, and over HTTP. */
import { WebSocket } from 'ws';
import { mintToken } from '../../src/auth/tokens.ts';
import { RawClient } from './raw-client.ts';
import { SECRET } from './server.ts';

interface Subject {
  user_id: string;
  room: string;
  user_type?: string;
  name?: string;
  grants?: string[];
}

/** A token that was issued so many seconds from now; the door takes up to five from the future. */
export function tokenOf(subject: Subject, fromNow = 0): string {
  const now = () => Date.now() + fromNow * 1000;
  return mintToken(subject, { secret: SECRET, ttlSeconds: 600, now }).token;
}

export function socketTo(server: { url: string }, token: string, ...protocols: string[]): WebSocket {
  const url = `${server.url.replace('http', 'ws')}/aq_server/websocket`;
  return new WebSocket(url, ['aq.v1', `bearer.${token}`, ...protocols]);
}

/** The code with which an upgrade is refused; `accepted` if it is not. */
export function upgradeCode(server: { url: string }, token: string, ...protocols: string[]): Promise<string> {
  const socket = socketTo(server, token, ...protocols);
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.on('open', () => {
      socket.terminate();
      resolve('accepted');
    });
    socket.on('unexpected-response', async (_request, response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve(JSON.parse(body).error.code);
    });
  });
}

/** The code with which `validate` refuses a token; `accepted` if it does not. */
export async function validateCode(server: { url: string }, token: string): Promise<string> {
  const response = await fetch(`${server.url}/aq_server/validate`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (response.ok) return 'accepted';
  const { error } = (await response.json()) as { error: { code: string } };
  return error.code;
}

/** The subprotocol with which a client would go on with its session. */
export function ticketOf(client: RawClient): string {
  const { peerId, resumeSecret } = client.welcome;
  return `resume.${peerId}.${resumeSecret}.${client.lastSeq}`;
}

/** A client that came to a room with a lobby, and waits. */
export async function knock(server: { url: string }, token: string): Promise<RawClient> {
  const client = new RawClient(socketTo(server, token));
  await client.next('waiting');
  return client;
}
