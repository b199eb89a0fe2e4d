import { Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';

export interface User {
  id: string;
  name: string;
  role: 'host' | 'presenter' | 'guest' | 'viewer';
}

/** Mints the tokens with which users enter rooms of aq-server. */
@Injectable()
export class WebrtcTokenService {
  readonly #secret = process.env.JWT_SECRET ?? ''; // the same as that of aq-server
  readonly #server = process.env.AQ_SERVER ?? 'wss://your.host';

  /** Yours: who may enter which room. */
  mayEnter(_user: User, room: string): boolean {
    return room !== 'secret';
  }

  /** A token with which this user enters this room, and no other. */
  mint(user: User, room: string): { wsUrl: string; token: string } {
    const claims = { user_id: user.id, name: user.name, user_type: user.role, room };
    const token = jwt.sign(claims, this.#secret, { algorithm: 'HS256', expiresIn: '10m' });
    return { wsUrl: `${this.#server}/aq_server/websocket?token=${token}`, token };
  }
}
