/** Which call each event of `/ws` is about. */
import type { CallNews } from './call-events.ts';

/** By what events name a call; each undefined until Telnyx has told it. */
export interface CallIds {
  readonly callControlId: string | undefined;
  readonly legId: string | undefined;
  readonly sessionId: string | undefined;
}

/** What takes the events of its own. */
export interface JoinedCall extends CallIds {
  tell(news: CallNews): void;
}

/** How many events wait for a call that is not known yet. */
const KEPT_EVENTS = 1000;
/** How many calls are known: what is recorded is told after the call's end. */
const KEPT_CALLS = 50;

/**
 * Gives each call its events, in their order. An event may come before the softphone knows the call, or the id by which
 * the event names it: it waits until then.
 */
export class CallJoin {
  readonly #waiting: CallNews[] = [];
  readonly #calls: JoinedCall[] = [];

  /** Takes an event in. */
  take(news: CallNews): void {
    const call = this.#calls.find((one) => concerns(news, one));
    if (call) call.tell(news);
    else if (this.#waiting.push(news) > KEPT_EVENTS) this.#waiting.shift();
  }

  /** A call is there; the ids of one that is may have come since. */
  join(call: JoinedCall): void {
    if (!this.#calls.includes(call) && this.#calls.push(call) > KEPT_CALLS) this.#calls.shift();
    // All of it is taken out before any is told: what is told of may join again.
    const waited = this.#waiting.filter((news) => concerns(news, call));
    for (const news of waited) this.#waiting.splice(this.#waiting.indexOf(news), 1);
    for (const news of waited) call.tell(news);
  }
}

/** By the call control id, and where an event has none, as those of recordings, by its leg or its session. */
function concerns({ data: { payload } }: CallNews, { callControlId, legId, sessionId }: CallIds): boolean {
  if (payload.call_control_id) return payload.call_control_id === callControlId;
  if (payload.call_leg_id && payload.call_leg_id === legId) return true;
  return Boolean(payload.call_session_id) && payload.call_session_id === sessionId;
}
