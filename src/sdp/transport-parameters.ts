/** The transport of a description: ICE and DTLS. All sections share one (RFC 9143). */
import { DtlsParameters } from '../protocol/transports.ts';
import type { Description, Section } from './description.ts';
import { invalidSdp } from './invalid-sdp.ts';

/** RFC 8839 section 5.4. */
const ICE_UFRAG = /^[\w+/-]{4,256}$/;
const ICE_PWD = /^[\w+/-]{22,256}$/;
/** What a client's `setup` (RFC 8842) makes of it in the handshake; one that leaves it open becomes the client. */
const ROLES = { active: 'client', actpass: 'client', passive: 'server' } as const;

/** A client's credentials for ICE: new ones mean an ICE restart (RFC 8445 section 9). */
export interface IceCredentials {
  readonly usernameFragment: string;
  readonly password: string;
}

/** The client's side of the transport. */
export interface ClientTransport {
  readonly dtlsParameters: DtlsParameters;
  readonly ice: IceCredentials;
}

/**
 * Reads what to connect with from the section that stands for the bundle.
 *
 * @throws AppError `invalid_media` when something is missing or malformed, or when a further section is not bundled with it
 */
export function readTransport({ session }: Description, sections: readonly Section[]): ClientTransport {
  const [first] = sections;
  if (!first) throw invalidSdp('no media section can be used');
  for (const { mid, bundled, rtcpMux, protocol } of sections) {
    if (!bundled && sections.length > 1) throw invalidSdp(`section ${mid} is not in the BUNDLE group`);
    if (!rtcpMux) throw invalidSdp(`section ${mid} does not offer rtcp-mux`);
    if (!protocol.endsWith('TLS/RTP/SAVPF')) throw invalidSdp(`section ${mid} is not UDP/TLS/RTP/SAVPF`);
  }
  const { raw } = first;
  return {
    dtlsParameters: readDtls(raw.setup ?? session.setup, raw.fingerprint ?? session.fingerprint),
    ice: readIceCredentials({ ...session, ...defined(raw) }),
  };
}

/**
 * Checks the credentials of a description or of a fragment of one.
 *
 * @throws AppError `invalid_media`
 */
export function readIceCredentials(lines: {
  iceUfrag?: string | undefined;
  icePwd?: string | undefined;
}): IceCredentials {
  const { iceUfrag = '', icePwd = '' } = lines;
  if (!ICE_UFRAG.test(iceUfrag)) throw invalidSdp('there is no valid ice-ufrag');
  if (!ICE_PWD.test(icePwd)) throw invalidSdp('there is no valid ice-pwd');
  return { usernameFragment: iceUfrag, password: icePwd };
}

function readDtls(
  setup: Section['raw']['setup'],
  fingerprint: Section['raw']['fingerprint'],
): DtlsParameters {
  if (setup === undefined || setup === 'holdconn') throw invalidSdp('there is no usable setup attribute');
  if (fingerprint === undefined) throw invalidSdp('there is no fingerprint');
  const checked = DtlsParameters.safeParse({
    role: ROLES[setup],
    fingerprints: [{ algorithm: fingerprint.type.toLowerCase(), value: fingerprint.hash.toUpperCase() }],
  });
  if (!checked.success) throw invalidSdp('the fingerprint is malformed, or made with an unknown hash');
  return checked.data;
}

/** What a section says goes before what the session says. */
function defined({ iceUfrag, icePwd }: Section['raw']): { iceUfrag?: string; icePwd?: string } {
  return { ...(iceUfrag !== undefined && { iceUfrag }), ...(icePwd !== undefined && { icePwd }) };
}
