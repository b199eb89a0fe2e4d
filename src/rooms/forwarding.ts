import { attention, mayReceive } from './attention.ts';
import type { Member, Receiver } from './member.ts';
import type { Publication } from './publication.ts';

/**
 * Decides who receives what in one room, and makes it so: it compares what each member should receive (`attention`) with
 * what it does, and makes the difference. Nothing else subscribes or unsubscribes.
 */
export class Forwarding {
  readonly #members: () => readonly Member[];
  /** Those that could receive more than they may. */
  readonly #limited = new WeakSet<Receiver>();

  /** @param members all members of the room at this moment */
  constructor(members: () => readonly Member[]) {
    this.#members = members;
  }

  /** All that members publish at this moment. */
  publications(): Publication[] {
    return this.#members().flatMap((member) => [...member.publications]);
  }

  /**
   * Offers a new publication to the members. Resolves when all of them that should receive it can, other than those that
   * are reconnecting.
   */
  async published(publication: Publication): Promise<void> {
    const receiving = this.#members().map((member) => {
      const subscribed = this.#offer(member, publication);
      return member.isReconnecting ? undefined : subscribed;
    });
    await Promise.all(receiving);
  }

  /** Gives the place of something that was unpublished to something else. */
  unpublished(): void {
    for (const member of this.#members()) {
      if (member.receiver && this.#limited.has(member.receiver)) void this.update(member);
    }
  }

  /** What a member may receive has changed, or it has just begun to. Resolves when it receives all that it should. */
  async update(member: Member): Promise<void> {
    const { receiver } = member;
    if (!receiver) return;
    const wanted = attention(member, receiver, this.publications());
    if (wanted.isLimited) this.#noteLimit(receiver);
    else this.#limited.delete(receiver);
    const keep = new Set(wanted.publications);
    for (const publication of [...receiver.subscribed]) {
      if (!keep.has(publication)) receiver.unsubscribe(publication);
    }
    await Promise.all(wanted.publications.map((publication) => receiver.subscribe(publication)));
  }

  /** Does what `update` would do about one publication. */
  async #offer(member: Member, publication: Publication): Promise<void> {
    const { receiver } = member;
    if (!receiver || !mayReceive(member, receiver, publication)) return;
    const hasPlace = publication.kind === 'data' || receiver.consumers < receiver.maxConsumers;
    await (hasPlace ? receiver.subscribe(publication) : this.update(member));
  }

  #noteLimit(receiver: Receiver): void {
    if (this.#limited.has(receiver)) return;
    this.#limited.add(receiver);
    receiver.noteLimit();
  }
}
