/** Chromium as a client of `src/sdp`, over loopback. */
import { sdpClients } from '../support/sdp-clients/clients.ts';
import { testClients } from '../support/sdp-clients/trials.ts';

testClients(sdpClients.filter(({ env }) => env?.BROWSER !== undefined));
