// @ts-check
/** Starts a worker, has it make a router, and exits with 0 where it answers: `probe-worker.js MEDIASOUP WORKER`. */
import { pathToFileURL } from 'node:url';

const [mediasoupFile = '', workerBin = ''] = process.argv.slice(2);
const { createWorker } = await import(pathToFileURL(mediasoupFile).href);
const worker = await createWorker({ workerBin, logLevel: 'none' });
await worker.createRouter({
  mediaCodecs: [{ kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2 }],
});
await worker.getResourceUsage();
worker.close();
process.exit(0);
