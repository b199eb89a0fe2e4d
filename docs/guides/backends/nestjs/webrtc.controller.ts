import { Controller, ForbiddenException, Get, Header, Inject, Param, Req, UseGuards } from '@nestjs/common';
import { SessionGuard } from './session.guard.js';
import { type User, WebrtcTokenService } from './webrtc-token.service.js';

@Controller('api/webrtc')
@UseGuards(SessionGuard)
export class WebrtcController {
  constructor(@Inject(WebrtcTokenService) private readonly tokens: WebrtcTokenService) {}

  @Get('token/:room')
  @Header('cache-control', 'no-store')
  token(@Req() { user }: { user: User }, @Param('room') room: string): { wsUrl: string; token: string } {
    if (!this.tokens.mayEnter(user, room)) throw new ForbiddenException('this room is not yours');
    return this.tokens.mint(user, room);
  }
}
