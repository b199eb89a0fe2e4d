/** What a softphone's page needs to know before it logs in. */
import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync } from 'fastify';
import type { Identity } from '../../auth/claims.ts';
import { requireGrant } from '../../auth/grants.ts';
import type { OriginPolicy } from '../../auth/origins.ts';
import type { IceServerInfo } from '../../protocol/model.ts';
import type { Telephony } from '../../telephony/telephony.ts';
import { shareWithOrigins } from '../cors.ts';

/** What is the same for all softphones here. */
export interface SoftphoneSettings {
  /** The numbers that agents may call from, in E.164. */
  fromNumbers: readonly string[];
  /** Where softphones open their WebSocket. */
  rtcUrl: string;
  /** How often a softphone checks that Telnyx still has it. */
  checkSeconds: number;
  /** Undefined leaves the choice to Telnyx's SDK. */
  iceServers: readonly IceServerInfo[] | undefined;
}

export interface SoftphoneConfigOptions {
  telephony: Telephony;
  settings: SoftphoneSettings;
  /** Who asks; throws AppError. */
  authorize: (request: IncomingMessage) => Identity | Promise<Identity>;
  origins: OriginPolicy;
}

const PATH = '/api/v1/telephony/config';

/** `GET /api/v1/telephony/config`, for agents; 503 `telephony_off` where no softphone could log in. */
export function softphoneConfigRoute(options: SoftphoneConfigOptions): FastifyPluginAsync {
  const { telephony, authorize, origins } = options;
  const { fromNumbers, rtcUrl, checkSeconds, iceServers } = options.settings;
  return async (server) => {
    shareWithOrigins(server, origins, { [PATH]: 'GET' });
    server.get(PATH, async (request, reply) => {
      requireGrant(await authorize(request.raw), 'calls');
      return reply.header('cache-control', 'no-store').send({
        login: telephony.wayIn(),
        from_numbers: fromNumbers,
        host: rtcUrl,
        check_seconds: checkSeconds,
        ...(iceServers && { ice_servers: iceServers }),
      });
    });
  };
}
