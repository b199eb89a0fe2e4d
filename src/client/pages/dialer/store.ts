/** All that the page knows, in one place: what the components show, and what their buttons do. */
import { Emitter } from '../../emitter.ts';
import type { PhoneCall } from '../../phone/phone-call.ts';
import { CallFeed } from './call-feed.ts';
import { CallList } from './call-list.ts';
import { tryMicrophone } from './microphone.ts';
import { Notices } from './notices.ts';
import { isDiallable, plainNumber } from './numbers.ts';
import { problemOf } from './problems.ts';
import { recall, remember, type Settings } from './remembered.ts';
import { Server } from './server.ts';
import { Softphone } from './softphone.ts';

/** The page's softphone. `changed` says that something of it is to be shown anew. */
export class Dialer extends Emitter<{ changed: [] }> {
  readonly notices = new Notices();
  readonly calls = new CallList();
  readonly softphone: Softphone;
  /** What the server tells of all calls that the agent may know of. */
  readonly feed: CallFeed;
  fromNumbers: readonly string[] = [];
  settings: Settings = recall();
  /** What is in the field for the number. */
  number = '';
  readonly #server: Server;
  #busy = false;

  /** @param getToken gets the agent's token; throws ServerError */
  constructor(getToken: () => Promise<string>) {
    super();
    this.#server = new Server(getToken);
    this.softphone = new Softphone(this.#server, this.notices);
    this.feed = new CallFeed(this.#server, getToken);
    const changed = () => this.emit('changed');
    this.notices.on('changed', changed);
    this.calls.on('changed', changed);
    this.softphone.on('changed', changed);
    this.feed.on('changed', changed);
    this.softphone.on('call', (call) => this.#take(call));
    this.calls.on('failed', (error) => this.notices.set('action', problemOf(error)));
    this.#followFeed();
  }

  /** Logs in, or tries that again. */
  async start(): Promise<void> {
    if (this.softphone.state === 'connecting') return;
    for (const subject of ['softphone', 'events', 'action'] as const) this.notices.set(subject, undefined);
    this.softphone.begin();
    void this.checkMicrophone();
    try {
      const config = await this.#server.config();
      this.fromNumbers = config.from_numbers;
      this.feed.start(config.from_numbers);
      await this.softphone.connect(config, this.settings);
    } catch (error) {
      this.softphone.fail(problemOf(error));
    }
  }

  /** Whether one can speak now. */
  async checkMicrophone(): Promise<boolean> {
    const problem = await tryMicrophone(this.settings.mic);
    this.notices.set('microphone', problem);
    return problem === undefined;
  }

  /** Calls the number that is in the field. */
  async dial(): Promise<void> {
    const number = plainNumber(this.number);
    if (!isDiallable(number)) return this.notices.refuse('no_number');
    if (this.softphone.state !== 'ready') return this.notices.refuse('not_ready');
    await this.#once(async () => {
      if (!(await this.checkMicrophone())) return;
      await this.calls.holdOthers();
      this.softphone.dial(number, this.from);
    });
  }

  /** Takes a call that rings; the one that is on waits. */
  async answer(call: PhoneCall): Promise<void> {
    await this.#once(async () => {
      if (await this.checkMicrophone()) await this.calls.answer(call);
    });
  }

  async hold(call: PhoneCall, held: boolean): Promise<void> {
    try {
      await this.calls.hold(call, held);
    } catch {
      this.notices.refuse('hold_failed');
    }
  }

  /** The number that the other end sees; undefined leaves it to Telnyx. */
  get from(): string | undefined {
    return this.fromNumbers.includes(this.settings.from) ? this.settings.from : this.fromNumbers[0];
  }

  setNumber(number: string): void {
    this.number = number;
    const { problems } = this.notices;
    if (problems.get('action')?.code === 'no_number') problems.delete('action');
    this.emit('changed');
  }

  /** Takes it over at once, for calls that are on too, and for the next time. */
  change(settings: Partial<Settings>): void {
    this.settings = { ...this.settings, ...settings };
    remember(this.settings);
    this.softphone.setDevices(settings).catch(() => this.notices.refuse('device_failed'));
    this.emit('changed');
  }

  setOnline(online: boolean): void {
    this.notices.set('network', online ? undefined : { code: 'offline', message: '' });
  }

  #take(call: PhoneCall): void {
    this.number = '';
    this.calls.add(call);
  }

  #followFeed(): void {
    const { feed, notices } = this;
    feed.on('connected', () => {
      notices.note({ fact: 'eventsOn' });
      notices.set('events', undefined);
    });
    feed.on('disconnected', (reason) => {
      notices.note({ fact: 'eventsOff', text: reason });
      if (isRefusal(reason)) notices.set('events', { code: reason, message: reason });
    });
    feed.on('failed', (error) => notices.note({ text: problemOf(error).message }));
  }

  /** Does it unless it is being done: a second press means the same call. What fails is told. */
  async #once(act: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.notices.set('action', undefined);
    try {
      await act();
    } catch (error) {
      this.notices.set('action', problemOf(error));
    }
    this.#busy = false;
  }
}

const REFUSED: ReadonlySet<string> = new Set(['forbidden', 'origin_not_allowed']);

/** Whether `/ws` was closed for what the token says, or for where the page comes from. */
function isRefusal(reason: string): boolean {
  return REFUSED.has(reason) || reason.startsWith('token_');
}
