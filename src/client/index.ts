/** The SDK of aq-server for browsers. */
export { type ErrorCode, RoomError } from './errors.ts';
export type { Publication, PublishOptions } from './publication.ts';
export type { RemotePeer, RemoteSource } from './remote-peer.ts';
export { Room, type RoomOptions } from './room.ts';
export type { ChatMessage, DataMessage, RoomEvents, RoomState } from './room-events.ts';
