/** WebRTC stacks of npm as clients of `src/sdp`, over loopback. */
import { sdpClients } from '../support/sdp-clients/clients.ts';
import { testClients } from '../support/sdp-clients/trials.ts';

testClients(sdpClients.filter(({ env, packages }) => packages.length === 0 && env?.BROWSER === undefined));
