/** The SDK of aq-server for browsers. */
export type { VideoCodec } from '../protocol/constants.ts';
export type { Grant, RoomUserType, Source } from '../protocol/grants.ts';
export type { Metadata } from '../protocol/metadata.ts';
export type { Reliability } from '../protocol/model.ts';
export type { NetworkLimit, NetworkQuality } from '../protocol/quality.ts';
export type { Appearance } from './element-watch.ts';
export { type ErrorCode, RoomError } from './errors.ts';
export type { Ban, Moderation, RoomInvitation, WaitingUser } from './moderation.ts';
export type { Publication, PublishOptions } from './publication.ts';
export type { Delivery, PeerPage, RemotePeer, RemoteSource } from './remote-peer.ts';
export { Room, type RoomOptions } from './room.ts';
export type { ChatMessage, DataMessage, RoomEvents, RoomState, SourceAct, Speakers } from './room-events.ts';
export type { GetToken } from './tokens.ts';
export type { Direction, TransportState } from './transports.ts';
export type { SubscriptionTarget } from './wants.ts';
