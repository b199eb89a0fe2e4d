import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PhoneCall } from '../../phone/phone-call.ts';
import { PhoneIcon, type PhoneIconName } from './icons.tsx';
import { Keypad } from './keypad.tsx';
import { clock } from './numbers.ts';
import { useTexts } from './texts/language.ts';
import { useDialer, useSeconds } from './use-dialer.ts';

/** One call: who is at the other end, how it stands, and what can be done with it. */
export function CallCard({ call }: { call: PhoneCall }) {
  const { call: texts } = useTexts();
  const id = useId();
  const card = useRef<HTMLElement>(null);
  const { state, direction, number } = call;
  useLayoutEffect(() => {
    // What had the focus may be gone: the button that was pressed, or the form.
    if (document.activeElement === document.body) card.current?.focus();
  }, [state]);
  return (
    <section ref={card} class={`card call ${state}`} aria-labelledby={id} tabIndex={-1}>
      <p class="direction">
        <PhoneIcon name={direction} />
        {direction === 'in' ? texts.incoming : texts.outgoing}
      </p>
      <h2 id={id} dir="auto">
        {number || texts.unknown}
      </h2>
      <div class="standing">
        <p role="status">{standingOf(call, texts)}</p>
        {state === 'active' && <Duration call={call} />}
      </div>
      {state === 'ringing' ? <Asked call={call} /> : <Tools call={call} />}
    </section>
  );
}

type CallTexts = ReturnType<typeof useTexts>['call'];

function standingOf({ state, held }: PhoneCall, texts: CallTexts): string {
  return state === 'active' && held ? texts.held : texts[state];
}

function Duration({ call }: { call: PhoneCall }) {
  const { call: texts } = useTexts();
  useSeconds();
  return (
    <p class="duration" role="timer" aria-label={texts.duration}>
      {clock(call.duration)}
    </p>
  );
}

/** Somebody rings: yes or no. */
function Asked({ call }: { call: PhoneCall }) {
  const { call: texts } = useTexts();
  const dialer = useDialer();
  return (
    <div class="asked">
      <button type="button" class="answer" onClick={() => void dialer.answer(call)}>
        <PhoneIcon name="phone" />
        {texts.answer}
      </button>
      <button type="button" class="hangup" onClick={() => call.hangup()}>
        <PhoneIcon name="leave" />
        {texts.refuse}
      </button>
    </div>
  );
}

/** What can be done in a call. */
function Tools({ call }: { call: PhoneCall }) {
  const { call: texts } = useTexts();
  const dialer = useDialer();
  const [pad, setPad] = useState(false);
  const sent = dialer.calls.tonesOf(call);
  const active = call.state === 'active';
  return (
    <>
      {active && (
        <div class="tools">
          <Tool
            icon="mic"
            off={call.muted}
            label={texts.mute}
            pressed={call.muted}
            onClick={() => call.mute(!call.muted)}
          />
          <Tool
            icon="hold"
            label={texts.hold}
            pressed={call.held}
            onClick={() => void dialer.hold(call, !call.held)}
          />
          <Tool icon="keypad" label={texts.keypad} pressed={pad} onClick={() => setPad(!pad)} />
        </div>
      )}
      {sent !== undefined && (
        <p class="sent">
          {texts.sent}: <output dir="ltr">{sent}</output>
        </p>
      )}
      {active && pad && <Keypad onKey={(key) => dialer.calls.sendTone(call, key)} />}
      <button type="button" class="hangup" onClick={() => call.hangup()}>
        <PhoneIcon name="leave" />
        {texts.hangup}
      </button>
    </>
  );
}

interface ToolProps {
  icon: PhoneIconName;
  off?: boolean;
  label: string;
  pressed: boolean;
  onClick: () => void;
}

function Tool({ icon, off = false, label, pressed, onClick }: ToolProps) {
  return (
    <button type="button" class="tool" aria-pressed={pressed} onClick={onClick}>
      <PhoneIcon name={icon} off={off} />
      <span>{label}</span>
    </button>
  );
}
