/** Pion, GStreamer and aiortc, all Debian's, as clients of `src/sdp`, over loopback. */
import { sdpClients } from '../support/sdp-clients/clients.ts';
import { testClients } from '../support/sdp-clients/trials.ts';

testClients(sdpClients.filter(({ packages }) => packages.length > 0));
