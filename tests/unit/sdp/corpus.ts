/** The recorded offers of real clients: `node tests/support/sdp-clients/record.ts` records them anew. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'corpus');

/** Where RTP carries no data: a browser's offer with a data channel is made of it. */
export const DATA_SECTION = [
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=mid:data',
  'a=sctp-port:5000',
  'a=max-message-size:262144',
  '',
].join('\r\n');

export const corpus: readonly string[] = readdirSync(FOLDER).toSorted();
export const publishOffers = corpus.filter((file) => file.startsWith('publish-'));
export const playOffers = corpus.filter((file) => file.startsWith('play-'));

/** The offer of a file of the corpus. */
export function readOffer(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}
