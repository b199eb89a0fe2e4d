/** The calls between softphones at the fake of Telnyx's WebSocket: their SDP goes from one to the other as it is. */
import { randomUUID } from 'node:crypto';
import type { Params, VertoSession } from './verto.ts';

/** What a call did, as Telnyx's webhooks name it. */
export interface CallFact {
  readonly type: 'call.initiated' | 'call.answered' | 'call.hangup' | 'call.dtmf.received';
  readonly call_control_id: string;
  readonly call_session_id: string;
  readonly from: string;
  readonly to: string;
  readonly digit?: string;
}

interface Leg {
  readonly session: VertoSession;
  readonly callID: string;
  readonly controlId: string;
}

interface Call {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly caller: Leg;
  readonly callee: Leg;
}

type Ask = (session: VertoSession, method: string, params: Params) => void;
type Find = (number: unknown) => VertoSession | undefined;

export class VertoCalls {
  /** All that happened, in order. */
  readonly facts: CallFact[] = [];
  /** Told of each fact, so that a test can send its webhook. */
  onFact: (fact: CallFact) => void = () => {};
  readonly #byLeg = new Map<string, Call>();
  readonly #ask: Ask;
  /** What is asked of softphones after the answer to what caused it. */
  #next: (() => void)[] = [];

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Calls that have begun and not ended. */
  get open(): number {
    return new Set(this.#byLeg.values()).size;
  }

  /** The calls that a softphone which comes back still has. */
  idsOf(session: VertoSession): string[] {
    return [...this.#byLeg.values()]
      .flatMap((call) => [call.caller, call.callee])
      .filter((leg, index, all) => leg.session === session && all.indexOf(leg) === index)
      .map((leg) => leg.callID);
  }

  /** Takes a request of a softphone. Returns what its answer says. */
  take(session: VertoSession, method: string, params: Params, find: Find): Params {
    const dialog = (params.dialogParams ?? {}) as Params;
    const callID = String(dialog.callID ?? params.callID);
    if (method === 'telnyx_rtc.invite') return this.#invite(session, callID, params, dialog, find);
    const call = this.#byLeg.get(callID);
    if (!call) return {};
    if (method === 'telnyx_rtc.answer') this.#answer(call, params.sdp);
    else if (method === 'telnyx_rtc.bye') this.#bye(call, callID, params);
    else if (method === 'telnyx_rtc.info') this.#tell('call.dtmf.received', call, String(params.dtmf));
    else if (method === 'telnyx_rtc.modify')
      return { callID, holdState: params.action === 'hold' ? 'held' : 'active' };
    return { callID };
  }

  /** Asks what the last request has as its consequence. */
  proceed(): void {
    const next = this.#next;
    this.#next = [];
    for (const act of next) act();
  }

  #invite(session: VertoSession, callID: string, params: Params, dialog: Params, find: Find): Params {
    const called = find(dialog.destination_number);
    if (!called) {
      const cause = { callID, cause: 'UNALLOCATED_NUMBER', causeCode: 1, sipCode: 404 };
      this.#next.push(() => this.#ask(session, 'telnyx_rtc.bye', cause));
      return { callID };
    }
    const call: Call = {
      id: randomUUID(),
      from: String(dialog.caller_id_number ?? session.number),
      to: called.number,
      caller: { session, callID, controlId: `v3:${randomUUID()}` },
      callee: { session: called, callID: randomUUID(), controlId: `v3:${randomUUID()}` },
    };
    for (const leg of [call.caller, call.callee]) this.#byLeg.set(leg.callID, call);
    this.#tell('call.initiated', call);
    const { caller, callee } = call;
    this.#next.push(
      () =>
        this.#ask(caller.session, 'telnyx_rtc.ringing', {
          ...about(call, caller),
          display_direction: 'inbound',
        }),
      () =>
        this.#ask(callee.session, 'telnyx_rtc.invite', {
          ...about(call, callee),
          sdp: params.sdp,
          display_direction: 'outbound',
          dialogParams: { custom_headers: [] },
        }),
    );
    return { callID };
  }

  #answer(call: Call, sdp: unknown): void {
    this.#tell('call.answered', call);
    const { caller } = call;
    this.#next.push(
      () => this.#ask(caller.session, 'telnyx_rtc.media', { callID: caller.callID, sdp }),
      () => this.#ask(caller.session, 'telnyx_rtc.answer', { callID: caller.callID }),
    );
  }

  #bye(call: Call, callID: string, params: Params): void {
    for (const leg of [call.caller, call.callee]) this.#byLeg.delete(leg.callID);
    const other = call.caller.callID === callID ? call.callee : call.caller;
    const { cause, causeCode } = params;
    this.#tell('call.hangup', call);
    this.#next.push(() =>
      this.#ask(other.session, 'telnyx_rtc.bye', { callID: other.callID, cause, causeCode }),
    );
  }

  #tell(type: CallFact['type'], call: Call, digit?: string): void {
    const fact: CallFact = {
      type,
      call_control_id: call.caller.controlId,
      call_session_id: call.id,
      from: call.from,
      to: call.to,
      ...(digit !== undefined && { digit }),
    };
    this.facts.push(fact);
    this.onFact(fact);
  }
}

/** What a leg is told of its call. */
function about(call: Call, leg: Leg): Params {
  return {
    callID: leg.callID,
    caller_id_name: '',
    caller_id_number: call.from,
    callee_id_name: '',
    callee_id_number: call.to,
    telnyx_call_control_id: leg.controlId,
    telnyx_session_id: call.id,
    telnyx_leg_id: leg.callID,
  };
}
