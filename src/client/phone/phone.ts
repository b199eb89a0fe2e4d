import type { Call, IClientOptions, INotification, TelnyxRTC } from '@telnyx/webrtc';
import { Emitter } from '../emitter.ts';
import { CallJoin } from './call-join.ts';
import { type LoginToken, renewDelay, type SdkLogin } from './login.ts';
import { PhoneCall } from './phone-call.ts';
import { PhoneError, phoneErrorOf } from './phone-error.ts';
import {
  type DialOptions,
  type PhoneEvents,
  type PhoneOptions,
  type PhoneState,
  RENEWED,
} from './phone-options.ts';
import { isRegistered } from './registered.ts';
import { TelnyxClient } from './telnyx-client.ts';

/** The SDK reads `host`, and has it in no type. */
type SdkOptions = IClientOptions & { host?: string };

const WATCHDOG_MS = 5 * 60_000;
/** How long after a failure the next token is asked for, in milliseconds. */
const AGAIN_MS = 30_000;
/** The SDK's codes of what no further attempt mends: 45003 is its last attempt, 46xxx are refused logins. */
const FATAL: ReadonlySet<number> = new Set([45003, 46001, 46002, 46003]);

/** A softphone: one login at Telnyx, and its calls. */
export class Phone extends Emitter<PhoneEvents> {
  readonly calls = new Map<string, PhoneCall>();
  readonly #options: PhoneOptions;
  readonly #join = new CallJoin();
  #client: TelnyxRTC | undefined;
  #state: PhoneState = { name: 'offline' };
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #microphone: string | undefined;
  #speaker: string | undefined;

  constructor(options: PhoneOptions) {
    super();
    this.#options = options;
    options.events?.on('event', (news) => this.#join.take(news));
  }

  get state(): PhoneState {
    return this.#state;
  }

  /** Logs in. Resolves when the attempt is under way: `state` tells how it ends. */
  async connect(): Promise<void> {
    if (this.#client || this.#is('connecting')) return;
    this.#become({ name: 'connecting' });
    try {
      const login = await this.#login(false);
      if (!this.#is('connecting')) return; // disconnected meanwhile
      this.#open(login);
    } catch (error) {
      this.#become({ name: 'failed', reason: `No login token: ${messageOf(error)}` });
    }
  }

  /** Ends all calls, and the login. */
  async disconnect(): Promise<void> {
    clearTimeout(this.#renewal);
    clearInterval(this.#watchdog);
    for (const call of this.calls.values()) call.hangup();
    const client = this.#client;
    this.#client = undefined;
    this.#become({ name: 'offline' });
    await client?.disconnect();
  }

  /**
   * Calls a number. What goes wrong later, as with the microphone, the call tells.
   * @throws PhoneError `not_ready`
   */
  dial(number: string, { from }: DialOptions = {}): PhoneCall {
    if (!this.#client || this.#state.name !== 'ready') throw new PhoneError('not_ready');
    const audio = this.#speakerElement();
    const call = this.#client.newCall({
      destinationNumber: number,
      audio: true,
      remoteElement: audio,
      ...(from !== undefined && { callerNumber: from }),
      ...(this.#microphone !== undefined && { micId: this.#microphone }),
    });
    return this.#take(call, 'out', audio);
  }

  /** Renews the login on the open socket; calls go on. Does nothing for credentials, which do not end. */
  async renew({ fresh = false } = {}): Promise<void> {
    const client = this.#client;
    if (!client) return;
    const login = await this.#login(fresh);
    if (!('login_token' in login)) return;
    // For when the socket is down now: the SDK takes no login then, and comes back with this one.
    client.options.login_token = login.login_token;
    if (!client.connected) return;
    await new Promise<void>((resolve, reject) => {
      const onError = (error: unknown) => reject(new Error('the login was refused', { cause: error }));
      void client.login({ creds: login, onSuccess: resolve, onError });
    });
    this.emit('renewed');
    this.emit('log', RENEWED);
  }

  /** Microphones and speakers. Their names are empty until a microphone was allowed. */
  async devices(): Promise<{ microphones: MediaDeviceInfo[]; speakers: MediaDeviceInfo[] }> {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const ofKind = (kind: MediaDeviceKind) => devices.filter((device) => device.kind === kind);
    return { microphones: ofKind('audioinput'), speakers: ofKind('audiooutput') };
  }

  /** Chooses the microphone of all calls, those under way among them. */
  async setMicrophone(deviceId: string): Promise<void> {
    this.#microphone = deviceId;
    await Promise.all([...this.calls.values()].map((call) => call.setMicrophone(deviceId)));
  }

  /** Chooses the speaker of all calls, those under way among them. */
  async setSpeaker(deviceId: string): Promise<void> {
    this.#speaker = deviceId;
    await Promise.all([...this.calls.values()].map((call) => call.setSpeaker(deviceId)));
  }

  /** Checks that Telnyx has the softphone, and logs in anew where it has not. Called by itself every few minutes. */
  async check(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    const registered = client.connected && (await isRegistered(client));
    if (client !== this.#client) return;
    if (registered) {
      this.#become({ name: 'ready' });
      return;
    }
    this.emit('log', 'Telnyx does not have the softphone: logging in again');
    this.#become({ name: 'reconnecting' });
    try {
      await this.renew({ fresh: true });
      if (!client.connected) await client.connect();
      else if (await isRegistered(client)) this.#become({ name: 'ready' });
    } catch (error) {
      this.emit('log', `not mended yet: ${messageOf(error)}`);
    }
  }

  #open(login: SdkLogin): void {
    const { host, iceServers, watchdogInterval = WATCHDOG_MS } = this.#options;
    const options: SdkOptions = {
      ...login,
      ...(host !== undefined && { host }),
      ...(iceServers && { iceServers }),
      // It would post what it measures of each call to Telnyx.
      enableCallReports: false,
    };
    const client = new TelnyxClient(options);
    this.#client = client;
    client.on('telnyx.ready', () => this.#become({ name: 'ready' }));
    client.on('telnyx.socket.close', () => this.#lost(client));
    client.on('telnyx.error', ({ error, callId }) => {
      if (callId) this.#callFailed(callId, error);
      this.#failed(client, error);
    });
    client.on('telnyx.notification', (notification) => this.#notified(notification));
    this.#watchdog = setInterval(() => void this.check(), watchdogInterval);
    void client.connect();
  }

  #lost(client: TelnyxRTC): void {
    if (client !== this.#client || this.#state.name === 'failed') return;
    this.#become({ name: 'reconnecting' });
    // The token may have ended meanwhile: what the SDK comes back with should not be the old one.
    this.renew().catch((error) => this.emit('log', `no token to come back with: ${messageOf(error)}`));
  }

  #failed(client: TelnyxRTC, { code, message }: { code: number; message: string }): void {
    if (client !== this.#client) return;
    this.emit('log', `${code}: ${message}`);
    // A renewal that is refused leaves the socket as it is; a login that is refused leaves none.
    if (!FATAL.has(code) || this.#state.name === 'ready') return;
    clearTimeout(this.#renewal);
    clearInterval(this.#watchdog);
    this.#client = undefined;
    this.#become({ name: 'failed', reason: message });
    void client.disconnect();
  }

  #callFailed(callId: string, error: { code: number; message: string; fatal?: boolean }): void {
    const failure = phoneErrorOf(error);
    if (failure) this.calls.get(callId)?.fail(failure);
  }

  #notified({ type, call }: INotification): void {
    if (type !== 'callUpdate' || !call) return;
    const known = this.calls.get(call.id);
    if (known) known.update();
    else if (call.state === 'ringing' && call.direction === 'inbound') {
      this.emit('incoming', this.#take(call, 'in', this.#speakerElement()));
    }
  }

  #take(sdkCall: Call, direction: 'in' | 'out', audio: HTMLAudioElement): PhoneCall {
    const call = new PhoneCall(sdkCall, direction, audio);
    this.calls.set(call.id, call);
    call.once('ended', () => this.calls.delete(call.id));
    call.on('changed', () => this.#join.join(call));
    this.#join.join(call);
    this.emit('call', call);
    return call;
  }

  /** What one call is heard by: an element for all would give the second call's sound to the first. */
  #speakerElement(): HTMLAudioElement {
    const audio = new Audio();
    audio.autoplay = true;
    if (this.#speaker !== undefined) void audio.setSinkId(this.#speaker).catch(() => {});
    return audio;
  }

  async #login(fresh: boolean): Promise<SdkLogin> {
    const { login } = this.#options;
    if (!('getToken' in login)) return { login: login.username, password: login.password };
    const token = await login.getToken({ fresh });
    this.#planRenewal(token);
    return { login_token: token.login_token };
  }

  #planRenewal(token: LoginToken): void {
    this.#renewIn(renewDelay(token, Date.now()));
  }

  #renewIn(ms: number): void {
    clearTimeout(this.#renewal);
    if (this.#state.name === 'offline') return;
    this.#renewal = setTimeout(() => {
      this.renew().catch((error) => {
        this.emit('log', `the login was not renewed: ${messageOf(error)}`);
        this.#renewIn(AGAIN_MS);
      });
    }, ms);
  }

  #is(name: PhoneState['name']): boolean {
    return this.#state.name === name;
  }

  #become(state: PhoneState): void {
    if (state.name === this.#state.name && state.name !== 'failed') return;
    this.#state = state;
    this.emit('log', state.name === 'failed' ? `failed: ${state.reason}` : state.name);
    this.emit('state', state);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
