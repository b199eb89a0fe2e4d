/** What each of the guides' backends does: it mints a token for those who are signed in to it. */
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import type { Program } from './program.ts';

/** Asks a backend that has been started for tokens, and uses them. `server` is the one that they are for. */
export async function assertMintsTokens(backend: Program, server: { readonly url: string }): Promise<void> {
  const webSocketUrl = server.url.replace('http', 'ws');
  const [, port] = await backend.wrote(/port (\d+)/);
  const ask = (room: string, session?: string) =>
    fetch(`http://127.0.0.1:${port}/api/webrtc/token/${encodeURIComponent(room)}`, {
      headers: session === undefined ? {} : { cookie: `theme=dark; session=${session}` },
    });

  expect((await ask('meeting')).status).toBe(401);
  expect((await ask('meeting', 'of-nobody')).status).toBe(401);
  expect((await ask('secret', 'session-of-alice')).status).toBe(403);
  const others = ['api/other', 'api/webrtc/token/', 'api/webrtc/token'];
  for (const path of others) expect((await fetch(`http://127.0.0.1:${port}/${path}`)).status).toBe(404);
  const noUtf8 = await fetch(`http://127.0.0.1:${port}/api/webrtc/token/%ff`);
  expect([400, 401, 404]).toContain(noUtf8.status);

  const answer = await ask('room 1 – Füße', 'session-of-alice');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const { wsUrl, token } = (await answer.json()) as { wsUrl: string; token: string };
  expect(wsUrl).toBe(`${webSocketUrl}/aq_server/websocket?token=${token}`);
  const checked = await fetch(`${server.url}/aq_server/validate`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(await checked.json()).toMatchObject({
    claims: { user_id: 'alice', name: 'Alice', user_type: 'host', room: 'room 1 – Füße' },
  });
  expect(await firstFrame(wsUrl)).toMatchObject({ event: 'welcome', data: { room: 'room 1 – Füße' } });
}

/** Resolves to the first frame that comes to a client of `aq.v1`. */
function firstFrame(url: string): Promise<{ event: string; data: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'aq.v1');
    socket.once('error', reject);
    socket.once('message', (text) => {
      resolve(JSON.parse(text.toString()));
      socket.close();
    });
  });
}
