// A backend that mints tokens, in Node: npm install jsonwebtoken
import { createServer } from 'node:http';
import jwt from 'jsonwebtoken';

const { JWT_SECRET, AQ_SERVER = 'wss://your.host', PORT = '3000' } = process.env;
if (!JWT_SECRET) throw new Error('JWT_SECRET is missing: it is the same as that of aq-server');

/** Yours: who is signed in to your application. */
const sessions = new Map([['session-of-alice', { id: 'alice', name: 'Alice', role: 'host' }]]);

/** Yours: who may enter which room. */
const mayEnter = (user, room) => user !== undefined && room !== 'secret';

/** A token with which this user enters this room, and no other. */
function mintToken(user, room) {
  const claims = { user_id: user.id, name: user.name, user_type: user.role, room };
  return jwt.sign(claims, JWT_SECRET, { algorithm: 'HS256', expiresIn: '10m' });
}

/** The room that an address names; undefined where it names none. */
function roomOf(url) {
  try {
    return decodeURIComponent(/^\/api\/webrtc\/token\/([^/?]+)$/.exec(url)?.[1] ?? '') || undefined;
  } catch {
    return undefined; // no UTF-8
  }
}

const server = createServer((request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  };
  const room = roomOf(request.url);
  if (request.method !== 'GET' || !room) return answer(404, { message: 'not found' });
  const session = /(?:^|;\s*)session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  const user = sessions.get(session);
  if (!user) return answer(401, { message: 'sign in first' });
  if (!mayEnter(user, room)) return answer(403, { message: 'this room is not yours' });
  const token = mintToken(user, room);
  answer(200, { wsUrl: `${AQ_SERVER}/aq_server/websocket?token=${token}`, token });
});

server.listen(Number(PORT), '127.0.0.1', () => console.log(`port ${server.address().port}`));
