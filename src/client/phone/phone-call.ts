import { Emitter } from '../emitter.ts';
import type { CallNews } from './call-events.ts';
import type { PhoneError } from './phone-error.ts';
import type { SdkCall } from './sdk-call.ts';

/** `ringing` is a call that comes in and waits for an answer, `dialling` one that goes out. */
export type PhoneCallState = 'ringing' | 'dialling' | 'active' | 'ended';

export interface PhoneCallEvents {
  /** Anything of it changed: its state, muted, held. */
  changed: [];
  /** It is over; the cause is Telnyx's word, such as `NORMAL_CLEARING`. */
  ended: [cause: string];
  /** It could not be made or taken, as when the microphone is refused; `ended` follows. */
  failed: [error: PhoneError];
  /** The server tells something of it; also after its end. */
  event: [news: CallNews];
}

/** One call. The Telnyx SDK tells of it by `update`. */
export class PhoneCall extends Emitter<PhoneCallEvents> {
  readonly id: string;
  readonly direction: 'in' | 'out';
  /** Who is at the other end: a number in E.164, or a SIP name. */
  readonly number: string;
  readonly #call: SdkCall;
  readonly #news: CallNews[] = [];
  readonly #audio: HTMLAudioElement;
  #state: PhoneCallState;
  #muted = false;
  #held = false;
  #answeredAt: number | undefined;
  #endedAt: number | undefined;
  #error: PhoneError | undefined;

  /** @param audio what the other end is heard by */
  constructor(call: SdkCall, direction: 'in' | 'out', audio: HTMLAudioElement) {
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

  /** The ids of its leg and of its session, which it shares with the other legs; undefined until Telnyx has told them. */
  get legId(): string | undefined {
    return this.#call.options.telnyxLegId || undefined;
  }

  get sessionId(): string | undefined {
    return this.#call.options.telnyxSessionId || undefined;
  }

  /** Why it could not be made or taken; undefined for a call that was. */
  get error(): PhoneError | undefined {
    return this.#error;
  }

  /** What the server has told of it, the first first; empty for a softphone without `events`. */
  get events(): readonly CallNews[] {
    return this.#news;
  }

  /** Why it ended, as the server was told: `normal_clearing`, `user_busy` and so on. */
  get hangupCause(): string | undefined {
    const payload = this.#news.findLast(({ event }) => event === 'call-hangup')?.data.payload;
    return typeof payload?.hangup_cause === 'string' ? payload.hangup_cause : undefined;
  }

  /** Of each recording the addresses of its files by their format; Telnyx lets them end after ten minutes. */
  get recordings(): readonly Readonly<Record<string, string>>[] {
    return this.#news
      .filter(({ event }) => event === 'call-recording-saved')
      .map(({ data }) => (data.payload.recording_urls ?? {}) as Record<string, string>);
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

  /** Takes over why the Telnyx SDK is about to end it. For the softphone. */
  fail(error: PhoneError): void {
    if (this.#state === 'ended' || this.#error) return;
    this.#error = error;
    this.emit('failed', error);
  }

  /** Takes over what the server tells of it. For the softphone. */
  tell(news: CallNews): void {
    this.#news.push(news);
    this.emit('event', news);
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
