/** Fragments of descriptions for trickled candidates and ICE restarts (RFC 8840 section 9, RFC 9725 section 4.3). */
import { parse, write } from 'sdp-transform';
import type { IceParameters, TransportOptions } from '../protocol/transports.ts';
import { invalidSdp } from './invalid-sdp.ts';
import { type IceCredentials, readIceCredentials } from './transport-parameters.ts';
import { candidateLines, iceLines } from './writing.ts';

/** The longest fragment that is read, in characters. */
const MAX_LENGTH = 16 * 1024;

/**
 * Reads the credentials of a fragment. Its candidates are not used: this server is ICE-lite, and learns the client's
 * addresses from the checks that come from there.
 *
 * @throws AppError `invalid_media`
 */
export function readFragment(text: string): IceCredentials {
  if (text.length > MAX_LENGTH) throw invalidSdp(`the fragment is longer than ${MAX_LENGTH} characters`);
  const { iceUfrag, icePwd, media } = parse(text);
  const [first] = media;
  return readIceCredentials({
    iceUfrag: asText(iceUfrag ?? first?.iceUfrag),
    icePwd: asText(icePwd ?? first?.icePwd),
  });
}

/** Writes what answers an ICE restart: the new credentials of the server and all its candidates. */
export function writeFragment(
  iceParameters: IceParameters,
  { transport, mid }: { transport: Pick<TransportOptions, 'iceCandidates'>; mid: string },
): string {
  const fragment = write({
    version: 0,
    origin: { username: '-', sessionId: 0, sessionVersion: 0, netType: 'IN', ipVer: 4, address: '0.0.0.0' },
    name: '-',
    timing: { start: 0, stop: 0 },
    icelite: 'ice-lite',
    media: [
      {
        type: 'audio',
        port: 9,
        protocol: 'UDP/TLS/RTP/SAVPF',
        payloads: '0',
        rtp: [],
        fmtp: [],
        mid,
        ...iceLines(iceParameters),
        ...candidateLines(transport),
      },
    ],
  });
  // A fragment has none of the lines that begin a description.
  return fragment.replace(/^[vost]=.*\r\n/gm, '');
}

/** sdp-transform makes a number of all that looks like one. */
function asText(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}
