import type { Call } from '@telnyx/webrtc';
import { Emitter } from '../emitter.ts';

/** `ringing` is a call that comes in and waits for an answer, `dialling` one that goes out. */
export type PhoneCallState = 'ringing' | 'dialling' | 'active' | 'ended';

export interface PhoneCallEvents {
  /** Anything of it changed: its state, muted, held. */
  changed: [];
  /** It is over; the cause is Telnyx's word, such as `NORMAL_CLEARING`. */
  ended: [cause: string];
}

/** One call. The Telnyx SDK tells of it by `update`. */
export class PhoneCall extends Emitter<PhoneCallEvents> {
  readonly id: string;
  readonly direction: 'in' | 'out';
  /** Who is at the other end: a number in E.164, or a SIP name. */
  readonly number: string;
  readonly #call: Call;
  readonly #audio: HTMLAudioElement;
  #state: PhoneCallState;
  #muted = false;
  #held = false;
  #answeredAt: number | undefined;
  #endedAt: number | undefined;

  /** @param audio what the other end is heard by */
  constructor(call: Call, direction: 'in' | 'out', audio: HTMLAudioElement) {
    super();
    this.id = call.id;
    this.direction = direction;
    const { destinationNumber, remoteCallerNumber } = call.options;
    this.number = (direction === 'in' ? remoteCallerNumber : destinationNumber) ?? '';
    this.#state = direction === 'in' ? 'ringing' : 'dialling';
    this.#call = call;
    this.#audio = audio;
  }

  get state(): PhoneCallState {
    return this.#state;
  }

  get muted(): boolean {
    return this.#muted;
  }

  get held(): boolean {
    return this.#held;
  }

  /** How long it has been answered, in milliseconds; 0 before that. */
  get duration(): number {
    return this.#answeredAt === undefined ? 0 : (this.#endedAt ?? Date.now()) - this.#answeredAt;
  }

  /** The id by which call events name it; undefined until Telnyx has told it. */
  get callControlId(): string | undefined {
    return this.#call.options.telnyxCallControlId || undefined;
  }

  /** What is heard of the other end; null before that. */
  get remoteStream(): MediaStream | null {
    return this.#call.remoteStream ?? null;
  }

  /** Takes a call that rings. */
  answer(): void {
    if (this.#state === 'ringing') void this.#call.answer({ remoteElement: this.#audio });
  }

  /** Ends the call, or refuses one that rings. */
  hangup(): void {
    if (this.#state !== 'ended') void this.#call.hangup();
  }

  mute(muted: boolean): void {
    if (muted) this.#call.muteAudio();
    else this.#call.unmuteAudio();
    this.#muted = muted;
    this.emit('changed');
  }

  /** Resolves when Telnyx holds the call, or has taken it up again. */
  async hold(held: boolean): Promise<void> {
    if (held) await this.#call.hold();
    else await this.#call.unhold();
    this.update();
  }

  /** Dials on within the call: digits, `*` and `#`. */
  dtmf(digits: string): void {
    if (!/^[\d*#A-D]+$/.test(digits)) throw new RangeError('a tone is one of 0-9, *, # and A-D');
    for (const digit of digits) this.#call.dtmf(digit);
  }

  /** Moves the call to another microphone. */
  async setMicrophone(deviceId: string): Promise<void> {
    await this.#call.setAudioInDevice(deviceId, this.#muted);
  }

  /** Moves the call to another speaker. */
  async setSpeaker(deviceId: string): Promise<void> {
    await this.#audio.setSinkId(deviceId);
  }

  /** Takes over what the Telnyx SDK says of the call. For the softphone. */
  update(): void {
    if (this.#state === 'ended') return;
    const { state } = this.#call;
    if (state === 'hangup' || state === 'destroy' || state === 'purge') {
      this.#end();
      return;
    }
    if (state === 'active' || state === 'held') {
      this.#state = 'active';
      this.#answeredAt ??= Date.now();
      this.#held = state === 'held';
    }
    this.emit('changed');
  }

  #end(): void {
    this.#state = 'ended';
    this.#endedAt = Date.now();
    this.#audio.srcObject = null;
    this.#audio.remove();
    this.emit('changed');
    this.emit('ended', this.#call.cause ?? '');
  }
}
