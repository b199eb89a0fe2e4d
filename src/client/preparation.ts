import { Device } from 'mediasoup-client';
import type { RtpCapabilities } from 'mediasoup-client/types';
import type { DtlsParameters } from '../protocol/transports.ts';
import { RoomError } from './errors.ts';

/** What a join needs and can be had before there is a socket. */
export interface Preparation {
  device: Device;
  /** Of the capabilities that the device was loaded with. */
  capabilitiesHash: string;
  /** Undefined where the browser cannot tell a certificate's fingerprints, or pass it on to a connection. */
  certificate: Certificate | undefined;
}

/** A certificate for DTLS whose fingerprints are known before the connection is made. */
export interface Certificate {
  certificate: RTCCertificate;
  fingerprints: DtlsParameters['fingerprints'];
}

/** A function that prepares when it is called first, and gives the same preparation from then on; a failure is forgotten. */
export function preparer(capabilitiesUrl: string): () => Promise<Preparation> {
  let preparation: Promise<Preparation> | undefined;
  return () => {
    if (!preparation) {
      preparation = prepare(capabilitiesUrl);
      preparation.catch(() => {
        preparation = undefined;
      });
    }
    return preparation;
  };
}

/**
 * Loads the server's capabilities and the browser's, and makes a certificate, all at once.
 * @throws RoomError `unsupported`, `unreachable`
 */
export async function prepare(capabilitiesUrl: string): Promise<Preparation> {
  const certificate = makeCertificate();
  const { hash, rtpCapabilities } = await fetchCapabilities(capabilitiesUrl, 'default');
  const device = await loadDevice(rtpCapabilities);
  return { device, capabilitiesHash: hash, certificate: await certificate };
}

/** The preparation anew if it was made with other capabilities than the server has now. */
export async function upToDate(
  preparation: Preparation,
  hash: string,
  capabilitiesUrl: string,
): Promise<Preparation> {
  if (preparation.capabilitiesHash === hash) return preparation;
  const fetched = await fetchCapabilities(capabilitiesUrl, 'reload');
  const device = await loadDevice(fetched.rtpCapabilities);
  return { ...preparation, device, capabilitiesHash: fetched.hash };
}

async function fetchCapabilities(
  url: string,
  cache: RequestCache,
): Promise<{ hash: string; rtpCapabilities: RtpCapabilities }> {
  try {
    const response = await fetch(url, { cache });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.json();
  } catch (error) {
    throw new RoomError('unreachable', undefined, { cause: error });
  }
}

async function loadDevice(routerRtpCapabilities: RtpCapabilities): Promise<Device> {
  try {
    const device = new Device();
    await device.load({ routerRtpCapabilities });
    return device;
  } catch (error) {
    throw new RoomError('unsupported', undefined, { cause: error });
  }
}

/** mediasoup-client clones the settings of a connection, which a certificate does not survive in every browser. */
async function makeCertificate(): Promise<Certificate | undefined> {
  try {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const certificate = structuredClone(await RTCPeerConnection.generateCertificate(algorithm));
    const fingerprints = certificate.getFingerprints().flatMap(({ algorithm, value }) => {
      if (algorithm !== 'sha-256' || !value) return [];
      return [{ algorithm, value: value.toUpperCase() } as const];
    });
    return fingerprints.length > 0 ? { certificate, fingerprints } : undefined;
  } catch {
    return undefined;
  }
}
