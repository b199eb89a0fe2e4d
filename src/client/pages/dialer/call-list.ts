import { Emitter } from '../../emitter.ts';
import type { PhoneCall } from '../../phone/phone-call.ts';

interface CallListEvents {
  changed: [];
  failed: [error: unknown];
}

/** The calls of this softphone. The agent speaks in one at a time; the others are on hold. */
export class CallList extends Emitter<CallListEvents> {
  /** The oldest first. */
  all: readonly PhoneCall[] = [];
  /** The last one that ended, and why; until the next one. */
  ended: { number: string; cause: string } | undefined;
  readonly #tones = new Map<PhoneCall, string>();

  add(call: PhoneCall): void {
    this.all = [...this.all, call];
    this.ended = undefined;
    call.on('changed', () => this.emit('changed'));
    call.on('failed', (error) => this.emit('failed', error));
    call.on('ended', (cause) => this.#remove(call, cause));
    this.emit('changed');
  }

  /** Throws where another call cannot be put on hold. */
  async answer(call: PhoneCall): Promise<void> {
    await this.holdOthers(call);
    call.answer();
  }

  /** Throws where Telnyx does not do it. */
  async hold(call: PhoneCall, held: boolean): Promise<void> {
    if (!held) await this.holdOthers(call);
    await call.hold(held);
  }

  /** Puts all calls on hold but one. */
  async holdOthers(but?: PhoneCall): Promise<void> {
    const others = this.all.filter((call) => call !== but && call.state === 'active' && !call.held);
    await Promise.all(others.map((call) => call.hold(true)));
  }

  /** The digits that were sent within a call. */
  tonesOf(call: PhoneCall): string | undefined {
    return this.#tones.get(call);
  }

  /** Sends a digit within a call. */
  sendTone(call: PhoneCall, key: string): void {
    call.dtmf(key);
    this.#tones.set(call, (this.#tones.get(call) ?? '') + key);
    this.emit('changed');
  }

  #remove(call: PhoneCall, cause: string): void {
    this.all = this.all.filter((one) => one !== call);
    this.#tones.delete(call);
    this.ended = call.error ? undefined : { number: call.number, cause };
    this.emit('changed');
  }
}
