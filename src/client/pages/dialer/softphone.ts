import { Emitter } from '../../emitter.ts';
import type { Phone } from '../../phone/phone.ts';
import type { PhoneCall } from '../../phone/phone-call.ts';
import { type PhoneState, RENEWED } from '../../phone/phone-options.ts';
import { createPhone } from './create-phone.ts';
import type { Notices } from './notices.ts';
import { type Problem, problemOf } from './problems.ts';
import type { Settings } from './remembered.ts';
import type { Server, TelephonyConfig } from './server.ts';

interface SoftphoneEvents {
  changed: [];
  call: [PhoneCall];
}

/** The login to Telnyx: at most one `Phone` at a time, and how it stands. */
export class Softphone extends Emitter<SoftphoneEvents> {
  state: PhoneState['name'] = 'offline';
  /** Whether a new login is on its way. */
  refreshing = false;
  readonly #server: Server;
  readonly #notices: Notices;
  #phone: Phone | undefined;
  #tokenProblem: Problem | undefined;

  constructor(server: Server, notices: Notices) {
    super();
    this.#server = server;
    this.#notices = notices;
  }

  /** Shows that it connects, while the page still asks for its configuration. */
  begin(): void {
    this.#become('connecting');
  }

  /** Logs in, in place of the login before. Throws why it cannot begin; what fails later is a problem and a state. */
  async connect(config: TelephonyConfig, settings: Settings): Promise<void> {
    const before = this.#phone;
    this.#phone = undefined;
    this.#tokenProblem = undefined;
    await before?.disconnect();
    const phone = await createPhone(config, this.#server, settings, (error) => {
      this.#tokenProblem = problemOf(error);
    });
    this.#phone = phone;
    this.#listen(phone);
    await phone.connect();
  }

  fail(problem: Problem): void {
    this.#notices.set('softphone', problem);
    this.#become('failed', problem.message);
  }

  dial(number: string, from: string | undefined): void {
    this.#phone?.dial(number, from === undefined ? {} : { from });
  }

  /** Has Telnyx take a new login on the open socket. */
  async refresh(): Promise<void> {
    if (this.refreshing || this.state !== 'ready') return;
    this.#setRefreshing(true);
    try {
      await this.#phone?.renew({ fresh: true });
      this.#notices.set('action', undefined);
    } catch (error) {
      this.#notices.set('action', problemOf(error));
    }
    this.#setRefreshing(false);
  }

  /** Uses other devices, for calls that are on too. */
  async setDevices({ mic, speaker }: Partial<Settings>): Promise<void> {
    await Promise.all([
      mic !== undefined && this.#phone?.setMicrophone(mic),
      speaker !== undefined && this.#phone?.setSpeaker(speaker),
    ]);
  }

  #listen(phone: Phone): void {
    phone.on('state', (state) => this.#stateChanged(phone, state));
    phone.on('call', (call) => this.emit('call', call));
    phone.on('renewed', () => this.#notices.note({ fact: 'renewed' }));
    phone.on('log', (text) => {
      // States and renewals have lines of their own, in the page's language.
      const own = text === phone.state.name || text === RENEWED || text.startsWith('failed: ');
      if (!own) this.#notices.note({ text });
    });
  }

  #stateChanged(phone: Phone, state: PhoneState): void {
    if (phone !== this.#phone) return;
    if (state.name === 'failed') {
      this.fail(this.#tokenProblem ?? { code: 'login_refused', message: state.reason });
      return;
    }
    if (state.name === 'ready') {
      this.#notices.set('softphone', undefined);
      this.#tokenProblem = undefined;
    }
    this.#become(state.name);
  }

  #become(state: PhoneState['name'], text?: string): void {
    if (state === this.state) return;
    this.state = state;
    this.#notices.note({ state, ...(text !== undefined && { text }) });
  }

  #setRefreshing(refreshing: boolean): void {
    this.refreshing = refreshing;
    this.emit('changed');
  }
}
