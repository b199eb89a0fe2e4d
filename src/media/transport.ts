import type { Router, WebRtcServer, WebRtcTransport } from 'mediasoup/types';
import type { TransportOptions } from '../protocol/transports.ts';

/** What a transport may send before its congestion control knows better, in bits per second. */
const INITIAL_BITRATE = 1_000_000;
/** The largest data message, in bytes: what every browser can take (RFC 8841 section 6.1). */
const MAX_DATA_MESSAGE_BYTES = 65_536;

/** One end of a way for media and data between this server and a browser. */
export function openTransport({
  router,
  webRtcServer,
}: {
  router: Router;
  webRtcServer: WebRtcServer;
}): Promise<WebRtcTransport> {
  return router.createWebRtcTransport({
    webRtcServer,
    preferUdp: true,
    enableSctp: true,
    maxSendMessageSize: MAX_DATA_MESSAGE_BYTES,
    maxReceiveMessageSize: MAX_DATA_MESSAGE_BYTES,
    initialAvailableOutgoingBitrate: INITIAL_BITRATE,
  });
}

/** What the browser needs to make its end. */
export function optionsOf(transport: WebRtcTransport): TransportOptions {
  const { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters } = transport;
  return {
    id,
    iceParameters,
    iceCandidates,
    dtlsParameters,
    ...(sctpParameters && {
      sctpParameters: {
        port: sctpParameters.port,
        OS: sctpParameters.OS,
        MIS: sctpParameters.MIS,
        maxMessageSize: sctpParameters.maxReceiveMessageSize,
      },
    }),
  };
}
