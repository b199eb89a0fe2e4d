import type { EventEmitter } from 'node:events';
import type { PublishedData, PublishedMedia } from '../media/publication.ts';
import type { Source } from '../protocol/grants.ts';
import type { ProducerInfo, Reliability } from '../protocol/model.ts';

/** What one member gives to the others. */
export type Publication = MediaPublication | DataPublication;

/** A track that a member publishes. */
export interface MediaPublication extends PublishedMedia {
  readonly kind: 'audio' | 'video';
  /** The id of the member. */
  readonly peerId: string;
  /** The user behind the member, who may have several members in the room. */
  readonly userId: string;
}

/** A data channel that a member opened for the others. */
export interface DataPublication extends PublishedData {
  readonly kind: 'data';
  /** The id that its client gave it. */
  readonly id: string;
  readonly peerId: string;
  readonly userId: string;
  readonly reliability: Reliability;
}

export function isMicrophone(publication: Publication): publication is MediaPublication {
  return publication.kind === 'audio' && publication.source === 'mic';
}

/** Whether its producer has closed. */
export function isClosed(publication: Publication): boolean {
  return publication.kind === 'data' ? publication.dataProducer.closed : publication.producer.closed;
}

/** Emits `close` when its producer closes, for whatever reason. */
export function observerOf(publication: Publication): Pick<EventEmitter, 'once'> {
  return publication.kind === 'data' ? publication.dataProducer.observer : publication.producer.observer;
}

export function isVideo(publication: Publication): publication is MediaPublication {
  return publication.kind === 'video';
}

export function closePublication(publication: Publication): void {
  if (publication.kind === 'data') publication.dataProducer.close();
  else publication.producer.close();
}

/** What the others are told of a producer. */
export function producerInfo({ id, kind, producer, source }: MediaPublication): ProducerInfo {
  return { id, kind, source, paused: producer.paused };
}

/** Undefined for a data channel. */
export function sourceOf(publication: Publication): Source | undefined {
  return publication.kind === 'data' ? undefined : publication.source;
}
