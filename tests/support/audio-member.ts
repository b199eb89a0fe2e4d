/** A member that is no browser: it sends sound into a room and receives nothing. */
import type { Identity } from '../../src/auth/claims.ts';
import type { PeerMedia } from '../../src/media/peer-media.ts';
import type { Code } from '../../src/protocol/codes.ts';
import type { OutgoingEvent } from '../../src/protocol/frames.ts';
import { methods } from '../../src/protocol/methods.ts';
import { BaseMember, type MemberRoom } from '../../src/rooms/base-member.ts';
import { track } from './media.ts';

const limits = { maxProducersPerPeer: 1, maxDataProducersPerPeer: 0, maxIncomingBitrate: 1e6 };

export class AudioMember extends BaseMember {
  readonly receiver = undefined;
  readonly told: string[] = [];
  readonly #room: MemberRoom;
  #media: PeerMedia;

  private constructor(identity: Identity, room: MemberRoom, media: PeerMedia) {
    super({ identity, room, limits, address: '127.0.0.1', noteLimit: () => {} });
    this.#room = room;
    this.#media = media;
    this.#watch(media);
  }

  static async open(identity: Identity, room: MemberRoom): Promise<AudioMember> {
    return new AudioMember(identity, room, await room.openMedia(['send']));
  }

  get media(): PeerMedia {
    return this.#media;
  }

  /** Sends a microphone. */
  publish(): Promise<void> {
    return this.publications.produce(methods.produce.params.parse(track('mic')));
  }

  tell({ name }: OutgoingEvent): void {
    this.told.push(name);
  }

  protected override onClose(code: Code): void {
    this.#media.close(code);
  }

  /** After the death of a worker it publishes again by itself. */
  #watch(media: PeerMedia): void {
    media.once('closed', async (code) => {
      if (code !== 'media_lost' || this.closer.closed) return;
      this.#media = await this.closer.adopt(this.#room.openMedia(['send']));
      this.#watch(this.#media);
      await this.publish();
    });
  }
}
