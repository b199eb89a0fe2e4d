/** The ICE servers as `Link` headers (RFC 9725 section 4.6). */
import type { IceServerInfo } from '../../protocol/model.ts';

/** One value for each address of each server. */
export function iceServerLinks(servers: readonly IceServerInfo[]): string[] {
  return servers.flatMap(({ urls, username, credential }) => {
    const credentials =
      username === undefined || credential === undefined
        ? []
        : [`username=${quote(username)}`, `credential=${quote(credential)}`, 'credential-type="password"'];
    return [urls].flat().map((url) => [`<${url}>`, 'rel="ice-server"', ...credentials].join('; '));
  });
}

/** RFC 9110 section 5.6.4; of other characters than these a header has none. */
function quote(value: string): string {
  return `"${encodeURI(value).replace(/["\\]/g, '\\$&')}"`;
}
