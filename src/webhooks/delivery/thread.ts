/** The thread that delivers: what receivers cost does not hold up the rooms. */
import { parentPort, workerData } from 'node:worker_threads';
import { keyOfSecret } from '../signature.ts';
import { AddressGuard } from './address-guard.ts';
import { receiverBackoff, streamBackoff } from './backoff.ts';
import type { DelivererConfig, FromDeliverer, ToDeliverer } from './messages.ts';
import { type Loaded, ReceiverQueue } from './receiver-queue.ts';
import { Sender } from './sender.ts';

/** Deliveries to one receiver at once. */
const CONCURRENCY = 32;
/** Deliveries that arrived are told together, after so many milliseconds. */
const TELL_MS = 20;

const { receivers, secrets, allowedNetworks } = workerData as DelivererConfig;
const guard = new AddressGuard(allowedNetworks);
const keys = secrets.map(keyOfSecret);
const arrived = new Map<string, number[]>();
/** What waits for events from disk, by the number of the request. */
const loads = new Map<number, (loaded: Loaded) => void>();
let lastLoad = 0;
let telling: NodeJS.Timeout | undefined;
const senders = receivers.map(({ url }) => new Sender({ url, keys, guard, connections: CONCURRENCY }));
const queues = new Map(receivers.map(({ id }, index) => [id, openQueue(id, index)]));

parentPort?.on('message', (message: ToDeliverer) => take(message));

function tell(message: FromDeliverer): void {
  parentPort?.postMessage(message);
}

function openQueue(receiver: string, index: number): ReceiverQueue {
  return new ReceiverQueue({
    send: (event) => senders[index]?.send(event) ?? Promise.reject(new Error('no sender')),
    load: (stream, after) => load(receiver, stream, after),
    delivered: ({ seq }) => noteArrived(receiver, seq),
    failed: ({ seq }, reason) => tell({ kind: 'failed', receiver, seq, reason }),
    delayed: (reason) => tell({ kind: 'delayed', receiver, reason }),
    concurrency: CONCURRENCY,
    streamBackoff,
    receiverBackoff,
  });
}

function take(message: ToDeliverer): void {
  if (message.kind === 'close') {
    close();
  } else if (message.kind === 'events') {
    for (const id of message.receivers) for (const event of message.events) queues.get(id)?.add(event);
  } else if (message.kind === 'backlog') {
    for (const stream of message.streams) queues.get(message.receiver)?.addBacklog(stream);
  } else loads.get(message.load)?.(message);
}

function load(receiver: string, stream: string, after: number): Promise<Loaded> {
  const id = ++lastLoad;
  const { promise, resolve } = Promise.withResolvers<Loaded>();
  loads.set(id, (loaded) => {
    loads.delete(id);
    resolve(loaded);
  });
  tell({ kind: 'load', load: id, receiver, stream, after });
  return promise;
}

function noteArrived(receiver: string, seq: number): void {
  const seqs = arrived.get(receiver);
  if (seqs) seqs.push(seq);
  else arrived.set(receiver, [seq]);
  telling ??= setTimeout(tellArrived, TELL_MS);
}

function tellArrived(): void {
  clearTimeout(telling);
  telling = undefined;
  for (const [receiver, seqs] of arrived) tell({ kind: 'delivered', receiver, seqs });
  arrived.clear();
}

/** What is on its way may arrive, and is delivered again after the next start. */
function close(): void {
  for (const queue of queues.values()) queue.close();
  tellArrived();
  for (const sender of senders) void sender.close();
  parentPort?.close();
}
