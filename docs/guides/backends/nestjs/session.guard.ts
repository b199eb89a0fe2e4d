import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import type { User } from './webrtc-token.service.js';

/** Yours: who is signed in to your application. */
const sessions = new Map<string, User>([
  ['session-of-alice', { id: 'alice', name: 'Alice', role: 'host' }],
]);

/** Lets those through who are signed in, and tells the route who they are. */
@Injectable()
export class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: User }>();
    const session = /(?:^|;\s*)session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    const user = sessions.get(session);
    if (!user) throw new UnauthorizedException('sign in first');
    request.user = user;
    return true;
  }
}
