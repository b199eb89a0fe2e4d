/** All that the page knows, in one place: what the components show, and what their buttons do. */
import { Emitter } from '../../emitter.ts';
import type { Phone } from '../../phone/phone.ts';
import type { PhoneCall } from '../../phone/phone-call.ts';
import { type PhoneState, RENEWED } from '../../phone/phone-options.ts';
import { CallFeed } from './call-feed.ts';
import { type LogEntry, type LogLine, noted } from './connection-log.ts';
import { createPhone } from './create-phone.ts';
import { tryMicrophone } from './microphone.ts';
import { isDiallable, plainNumber } from './numbers.ts';
import { type Problem, problemOf } from './problems.ts';
import { recall, remember, type Settings } from './remembered.ts';
import { Server, ServerError, type TelephonyConfig } from './server.ts';

/** What a problem is about: one of each is shown. */
export type Subject = 'softphone' | 'events' | 'microphone' | 'network' | 'action';

/** The page's softphone. `changed` says that something of it is to be shown anew. */
export class Dialer extends Emitter<{ changed: [] }> {
  state: PhoneState['name'] = 'offline';
  readonly problems = new Map<Subject, Problem>();
  /** Those of this softphone, the oldest first. */
  calls: PhoneCall[] = [];
  /** What was dialled within a call. */
  readonly tones = new Map<PhoneCall, string>();
  /** The last one that ended, and why; until the next one. */
  ended: { number: string; cause: string } | undefined;
  /** The newest line first. */
  log: readonly LogLine[] = [];
  fromNumbers: readonly string[] = [];
  settings: Settings = recall();
  /** What is in the field for the number. */
  number = '';
  refreshing = false;
  /** What the server tells of all calls that the agent may know of. */
  readonly feed: CallFeed;
  readonly #server: Server;
  #phone: Phone | undefined;
  #tokenProblem: Problem | undefined;
  #busy = false;

  /** @param getToken gets the agent's token; throws ServerError */
  constructor(getToken: () => Promise<string>) {
    super();
    this.#server = new Server(getToken);
    this.feed = this.#followed(new CallFeed(this.#server, getToken));
  }

  /** Logs in, or tries that again. */
  async start(): Promise<void> {
    if (this.state === 'connecting') return;
    for (const subject of ['softphone', 'events', 'action'] as const) this.problems.delete(subject);
    this.#become('connecting');
    void this.checkMicrophone();
    try {
      const config = await this.#server.config();
      this.fromNumbers = config.from_numbers;
      this.feed.start(config.from_numbers);
      await this.#connect(config);
    } catch (error) {
      this.#fail(problemOf(error));
    }
  }

  /** Whether one can speak now. */
  async checkMicrophone(): Promise<boolean> {
    const problem = await tryMicrophone(this.settings.mic);
    this.#tell('microphone', problem);
    return problem === undefined;
  }

  /** Calls the number that is in the field. */
  async dial(): Promise<void> {
    const number = plainNumber(this.number);
    if (!isDiallable(number)) return this.#refuse('no_number');
    if (this.state !== 'ready') return this.#refuse('not_ready');
    await this.#once(async () => {
      if (!(await this.checkMicrophone()) || !this.#phone) return;
      await this.#holdOthers();
      const { from } = this;
      this.#phone.dial(number, from === undefined ? {} : { from });
    });
  }

  /** Takes a call that rings; the one that is on waits. */
  async answer(call: PhoneCall): Promise<void> {
    await this.#once(async () => {
      if (!(await this.checkMicrophone())) return;
      await this.#holdOthers(call);
      call.answer();
    });
  }

  async hold(call: PhoneCall, held: boolean): Promise<void> {
    try {
      if (!held) await this.#holdOthers(call);
      await call.hold(held);
    } catch {
      this.#refuse('hold_failed');
    }
  }

  /** Dials on within a call. */
  sendTone(call: PhoneCall, key: string): void {
    call.dtmf(key);
    this.tones.set(call, (this.tones.get(call) ?? '') + key);
    this.emit('changed');
  }

  /** Has Telnyx take a new login on the open socket. */
  async refreshToken(): Promise<void> {
    if (this.refreshing || this.state !== 'ready') return;
    this.refreshing = true;
    this.emit('changed');
    try {
      await this.#phone?.renew({ fresh: true });
      this.#tell('action', undefined);
    } catch (error) {
      this.#tell('action', problemOf(error));
    }
    this.refreshing = false;
    this.emit('changed');
  }

  /** The number that the other end sees; undefined leaves it to Telnyx. */
  get from(): string | undefined {
    return this.fromNumbers.includes(this.settings.from) ? this.settings.from : this.fromNumbers[0];
  }

  setNumber(number: string): void {
    this.number = number;
    if (this.problems.get('action')?.code === 'no_number') this.problems.delete('action');
    this.emit('changed');
  }

  /** Takes it over at once, for calls that are on too, and for the next time. */
  change(settings: Partial<Settings>): void {
    this.settings = { ...this.settings, ...settings };
    remember(this.settings);
    const devices = [
      settings.mic !== undefined && this.#phone?.setMicrophone(settings.mic),
      settings.speaker !== undefined && this.#phone?.setSpeaker(settings.speaker),
    ];
    Promise.all(devices).catch(() => this.#refuse('device_failed'));
    this.emit('changed');
  }

  setOnline(online: boolean): void {
    this.#tell('network', online ? undefined : { code: 'offline', message: '' });
  }

  dismiss(subject: Subject): void {
    this.#tell(subject, undefined);
  }

  async #connect(config: TelephonyConfig): Promise<void> {
    const before = this.#phone;
    this.#phone = undefined;
    this.#tokenProblem = undefined;
    await before?.disconnect();
    const phone = await createPhone(config, this.#server, this.settings, (error) => {
      this.#tokenProblem = problemOf(error);
    });
    this.#phone = phone;
    phone.on('state', (state) => this.#stateChanged(phone, state));
    phone.on('call', (call) => this.#take(call));
    phone.on('renewed', () => this.#note({ fact: 'renewed' }));
    phone.on('log', (text) => {
      // States and renewals have lines of their own, in the page's language.
      const own = text === phone.state.name || text === RENEWED || text.startsWith('failed: ');
      if (!own) this.#note({ text });
    });
    await phone.connect();
  }

  #followed(feed: CallFeed): CallFeed {
    feed.on('changed', () => this.emit('changed'));
    feed.on('connected', () => {
      this.#note({ fact: 'eventsOn' });
      this.#tell('events', undefined);
    });
    feed.on('disconnected', (reason) => {
      this.#note({ fact: 'eventsOff', text: reason });
      if (isRefusal(reason)) this.#tell('events', { code: reason, message: reason });
    });
    feed.on('failed', (error) => this.#note({ text: problemOf(error).message }));
    return feed;
  }

  #take(call: PhoneCall): void {
    this.calls = [...this.calls, call];
    this.ended = undefined;
    this.number = '';
    call.on('changed', () => this.emit('changed'));
    call.on('failed', (error) => this.#tell('action', problemOf(error)));
    call.on('ended', (cause) => {
      this.calls = this.calls.filter((one) => one !== call);
      this.tones.delete(call);
      this.ended = call.error ? undefined : { number: call.number, cause };
      this.emit('changed');
    });
    this.emit('changed');
  }

  /** Does it unless it is being done: a second press means the same call. What fails is told. */
  async #once(act: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.#tell('action', undefined);
    try {
      await act();
    } catch (error) {
      this.#tell('action', problemOf(error));
    }
    this.#busy = false;
  }

  /** One call at a time is spoken in. */
  async #holdOthers(but?: PhoneCall): Promise<void> {
    const others = this.calls.filter((call) => call !== but && call.state === 'active' && !call.held);
    await Promise.all(others.map((call) => call.hold(true)));
  }

  #stateChanged(phone: Phone, state: PhoneState): void {
    if (phone !== this.#phone) return;
    if (state.name === 'failed') {
      this.#fail(this.#tokenProblem ?? { code: 'login_refused', message: state.reason });
    } else {
      if (state.name === 'ready') this.#loggedIn();
      this.#become(state.name);
    }
  }

  #loggedIn(): void {
    this.problems.delete('softphone');
    this.#tokenProblem = undefined;
  }

  #fail(problem: Problem): void {
    this.problems.set('softphone', problem);
    this.#become('failed', problem.message);
  }

  #become(state: PhoneState['name'], text?: string): void {
    if (state === this.state) return;
    this.state = state;
    this.#note({ state, ...(text !== undefined && { text }) });
  }

  #note(entry: LogEntry): void {
    this.log = noted(this.log, entry);
    this.emit('changed');
  }

  #refuse(code: string): void {
    this.#tell('action', problemOf(new ServerError(code, code)));
  }

  #tell(subject: Subject, problem: Problem | undefined): void {
    if (problem) this.problems.set(subject, problem);
    else this.problems.delete(subject);
    this.emit('changed');
  }
}

const REFUSED: ReadonlySet<string> = new Set(['forbidden', 'origin_not_allowed']);

/** Whether `/ws` was closed for what the token says, or for where the page comes from. */
function isRefusal(reason: string): boolean {
  return REFUSED.has(reason) || reason.startsWith('token_');
}
